import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { RookeryClient } from '@rookery/nestjs';
import { firstValueFrom } from 'rxjs';
import type { Member } from '../calls.js';
import { kibibyte } from '../load/payload.js';

/** How many values a stream of the mixture has; every fourth stream is left after the first few. */
const STREAMED = 50;
const LEFT_AFTER = 5;

/** The bytes of a large body, which travels in chunks. */
const LARGE = 300_000;

/** Workers of each kind, all at once. */
const REQUESTS = 32;
const STREAMS = 4;
const EVENTS = 8;
const LARGES = 2;
const VISITORS = 2;

/** What was done and answered, and found right. */
export interface Done {
  requests: number;
  streams: number;
  events: number;
  large: number;
  /** Clients that connected, called and went. */
  visits: number;
}

/**
 * Requests, streams, events and large bodies through one client for `seconds`, and further clients that come and go,
 * every answer compared with the right one; resolves when the last has been answered.
 * @param url where the service is
 * @throws Error at the first wrong answer, or what a call threw
 */
export async function mixture(client: RookeryClient, url: string, seconds: number): Promise<Done> {
  const done: Done = { requests: 0, streams: 0, events: 0, large: 0, visits: 0 };
  const end = performance.now() + seconds * 1000;
  const workers = (count: number, work: () => Promise<void>) =>
    Array.from({ length: count }, async () => {
      while (performance.now() < end) await work();
    });
  const member = kibibyte();

  await Promise.all([
    ...workers(REQUESTS, async () => {
      const number = done.requests++;
      if (number % 2 === 0) assertRight(await client.request('sum', [1, 2, number]), number + 3);
      else assertRight(await firstValueFrom(client.send<Member>('echo', member)), member);
    }),
    ...workers(STREAMS, async () => {
      const leave = ++done.streams % 4 === 0;
      let expected = 0;
      for await (const value of client.stream<number>('count', STREAMED)) {
        assertRight(value, expected++);
        if (leave && expected === LEFT_AFTER) break;
      }
      assertRight(expected, leave ? LEFT_AFTER : STREAMED);
    }),
    ...workers(EVENTS, async () => {
      await sleep(1); // nobody waits for the handlers of events, so without a pace they only fill their queue
      done.events++;
      await firstValueFrom(client.emit('noted', member), { defaultValue: undefined });
    }),
    ...workers(LARGES, async () => {
      const text = 'x'.repeat(LARGE) + String(done.large++);
      assertRight(await client.request('echo', text), text);
      await sleep(20); // else copying them is all that the processes do
    }),
    ...workers(VISITORS, async () => {
      const visitor = new RookeryClient({ to: 'soak', url });
      const number = done.visits++;
      assertRight(await visitor.request('sum', [number]), number);
      await visitor.close();
      await sleep(20); // the ports of a machine are few, and each of them rests for a minute
    }),
  ]);
  return done;
}

function assertRight(answer: unknown, right: unknown): void {
  if (isDeepStrictEqual(answer, right)) return;
  throw new Error(`wrong answer: ${JSON.stringify(answer)}, not ${JSON.stringify(right)}`);
}
