import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { RookeryClient } from '@rookery/nestjs';
import { Histogram } from '../load/histogram.js';
import { answerParent } from '../process/answer.js';
import { cpu } from './cpu.js';
import type { Load, Loaded, OverloadClientCommands } from './commands.js';

/** Milliseconds that a request has. */
const TIMEOUT = 1_000;

/** Milliseconds of requests that are offered at once, at most. */
const BURST = 50;

let call: (() => Promise<unknown>) | undefined;

answerParent<OverloadClientCommands>({
  async connect({ port, mode }) {
    Logger.overrideLogger(['warn', 'error', 'fatal']);
    // One that offers what it is told to, whatever the service says: without what makes a client spare it.
    const client = new RookeryClient({
      to: 'overload',
      url: `tcp://127.0.0.1:${port}`,
      timeout: TIMEOUT,
      retry: false,
      breaker: false,
      throttle: false,
      bulkhead: false,
    });
    await client.connect();
    call = () => client.request(mode, {});
    return null;
  },
  async load(ask) {
    if (call === undefined) throw new Error('load before connect');
    return load(call, ask);
  },
  cpu,
});

async function load(
  request: () => Promise<unknown>,
  { inFlight, rate = 0, warmUp, seconds }: Load,
): Promise<Loaded> {
  const counts = { offered: 0, answered: 0, refused: 0, expired: 0 };
  const latencies = new Histogram();
  const began = performance.now();
  const first = began + warmUp * 1_000;
  const end = first + seconds * 1_000;
  let open = 0;
  const one = async (): Promise<void> => {
    const since = performance.now();
    open++;
    if (since >= first) counts.offered++;
    const outcome = await request().then(() => 'answered' as const, failureOf);
    open--;
    const now = performance.now();
    if (now < first || now >= end) return;
    counts[outcome]++;
    if (outcome === 'answered') latencies.record((now - since) * 1_000);
  };
  const worker = async (): Promise<void> => {
    while (performance.now() < end) await one();
  };
  if (inFlight !== undefined) await Promise.all(Array.from({ length: inFlight }, worker));
  for (let sent = 0; performance.now() < end; await sleep(1)) {
    const due = ((performance.now() - began) / 1_000) * rate;
    sent = Math.max(sent, due - (rate * BURST) / 1_000); // what was missed because this process stood still is not made up
    for (; sent < due; sent++) void one();
  }
  while (open > 0) await sleep(10);
  const quantile = (share: number): number => (latencies.count > 0 ? latencies.quantile(share) / 1_000 : 0);
  return { ...counts, p50: quantile(0.5), p99: quantile(0.99) };
}

function failureOf(error: unknown): 'refused' | 'expired' {
  const { code } = error as { code?: unknown };
  if (code === 'OVERLOADED' || code === 'QUEUE_FULL') return 'refused';
  if (code === 'DEADLINE_EXCEEDED') return 'expired';
  throw error;
}
