import { Histogram } from './histogram.js';
import type { Call } from './payload.js';

export interface Loop {
  /** How many workers call, each awaiting its answer before its next call. */
  readonly inFlight: number;
  /** For how long workers begin new calls; the calls then in flight are still awaited and counted. */
  readonly seconds: number;
  /** Whether every answer is compared with the right one. */
  readonly checked: boolean;
}

export interface LoopResult {
  readonly calls: number;
  /** From the first call to the last answer. */
  readonly seconds: number;
  readonly latencies: Histogram;
  /** User and system time of this process meanwhile, in microseconds. */
  readonly cpu: number;
}

/** @throws whatever a call threw, or an Error with the first wrong answer when `checked`. */
export async function closedLoop(call: Call, { inFlight, seconds, checked }: Loop): Promise<LoopResult> {
  const latencies = new Histogram();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;

  const work = async () => {
    let before = performance.now();
    while (before < end) {
      const answer = await call.make();
      const after = performance.now();
      latencies.record((after - before) * 1000);
      if (checked && !call.isRight(answer)) throw new Error(`wrong answer: ${JSON.stringify(answer)}`);
      before = after;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));

  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { calls: latencies.count, seconds: elapsed / 1000, latencies, cpu: user + system };
}
