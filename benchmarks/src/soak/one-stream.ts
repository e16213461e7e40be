import { setTimeout as sleep } from 'node:timers/promises';
import type { RookeryClient } from '@rookery/nestjs';
import { takeSample, type Sample } from './sample.js';

/** `down`: a reply, its reader slow. `up`: an upload, its handler slow. */
export type Direction = 'down' | 'up';

export interface StreamAnswer {
  readonly seconds: number;
  /** Of the caller's process, evenly over the items. */
  readonly samples: readonly Sample[];
}

const SAMPLES = 20;

/** The slow side stops each time it has taken so many, for so long: the other side has to wait for it. */
const STRIDE = 1_000;
const PAUSE_MS = 4;

/**
 * Takes numbers slowly, and finds out that each is there and in its place.
 *
 * @returns how many there were
 * @throws Error at the first that is missing, repeated or out of order
 */
export async function takeSlowly(numbers: AsyncIterable<number>): Promise<number> {
  let expected = 0;
  for await (const number of numbers) {
    if (number !== expected++) throw new Error(`${number} is where ${expected - 1} should be`);
    if (expected % STRIDE === 0) await sleep(PAUSE_MS);
  }
  return expected;
}

/** @throws Error when not all of them arrive, in order */
export async function oneStream(
  client: RookeryClient,
  direction: Direction,
  items: number,
): Promise<StreamAnswer> {
  const samples: Sample[] = [];
  const begun = performance.now();
  const arrived =
    direction === 'down'
      ? await takeSlowly(sampling(client.stream<number>('count', items), items, samples))
      : await client.request<number>('take', sampling(counting(items), items, samples));
  if (arrived !== items) throw new Error(`${arrived} of ${items} items arrived`);
  return { seconds: (performance.now() - begun) / 1000, samples };
}

async function* counting(items: number): AsyncGenerator<number> {
  for (let number = 0; number < items; number++) yield number;
}

async function* sampling(
  numbers: AsyncIterable<number>,
  items: number,
  samples: Sample[],
): AsyncGenerator<number> {
  const stride = Math.ceil(items / SAMPLES);
  let passed = 0;
  for await (const number of numbers) {
    yield number;
    if (++passed % stride === 0) samples.push(takeSample());
  }
}
