import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { RookeryClient } from '@rookery/nestjs';
import { answerParent } from '../../process/answer.js';
import { takeSample } from '../sample.js';
import type { BrokerClientCommands, Published } from './commands.js';
import { patternOf, transportOf } from './transport-of.js';

/** How many are under way at once. */
const WORKERS = 500;
/** Milliseconds before one that was refused is published again. */
const AGAIN = 20;
const NOTE = 'x'.repeat(64);

let publish: ((number: number) => Promise<unknown>) | undefined;

answerParent<BrokerClientCommands>({
  async connect(meeting) {
    Logger.overrideLogger(['error', 'fatal']);
    const client = new RookeryClient({ transport: transportOf(meeting) });
    const pattern = patternOf(meeting);
    await client.connect();
    publish = (number) => client.publishEvent(pattern, { number, note: NOTE });
    return null;
  },
  publish: (ask) => publishAll(ask),
  sample: () => takeSample(),
});

async function publishAll(ask: { from: number; to: number; seconds: number }): Promise<Published> {
  const { from, to, seconds } = ask;
  const begun = performance.now();
  let next = from;
  let refused = 0;
  const due = (): number => from + ((performance.now() - begun) / (seconds * 1000)) * (to - from);
  const work = async (): Promise<void> => {
    while (next < to) {
      if (next >= due()) {
        await sleep(1);
        continue;
      }
      const number = next++;
      while (!(await accepted(number))) {
        refused++;
        await sleep(AGAIN);
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return { refused, seconds: (performance.now() - begun) / 1000 };
}

async function accepted(number: number): Promise<boolean> {
  if (!publish) throw new Error('publish before connect');
  return publish(number).then(
    () => true,
    () => false,
  );
}
