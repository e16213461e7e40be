import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './http-user.js';
import { Tally } from './tally.js';

/** Milliseconds between two looks at what is due. */
const STEP = 5;

/**
 * Asks so many times a second, whether or not answers come, and resolves once each has been answered or given up: who
 * waits for the answer before asking again does not overload anybody.
 */
export async function atRate(perSecond: number, seconds: number, ask: () => Promise<Answer>): Promise<Tally> {
  const tally = new Tally();
  const asked: Promise<void>[] = [];
  const total = Math.round(perSecond * seconds);
  const began = performance.now();
  while (tally.offered < total) {
    const due = Math.min(total, ((performance.now() - began) / 1_000) * perSecond);
    for (; tally.offered < due; tally.offered++) asked.push(ask().then((answer) => tally.count(answer)));
    await pause(STEP);
  }
  await Promise.all(asked);
  tally.seconds = (performance.now() - began) / 1_000;
  return tally;
}

/** How many are accepted a second when so many are asked for at once, each again as soon as it is answered. */
export async function capacity(atOnce: number, seconds: number, ask: () => Promise<Answer>): Promise<number> {
  const tally = new Tally();
  const began = performance.now();
  const line = async (): Promise<void> => {
    while (performance.now() - began < seconds * 1_000) tally.count(await ask());
  };
  await Promise.all(Array.from({ length: atOnce }, line));
  return (tally.accepted * 1_000) / (performance.now() - began);
}
