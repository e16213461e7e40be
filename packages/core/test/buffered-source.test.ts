import { turn } from '@rookery/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ObservableLike } from '../src/streams/kinds.js';
import { BufferedSource } from '../src/streams/buffered-source.js';
import { RecordedOutlet } from './recorded-outlet.js';

type Observer = Parameters<ObservableLike['subscribe']>[0];

/** What a test pushes values into. */
class Subject implements ObservableLike {
  observer!: Observer;
  unsubscribed = 0;

  subscribe(observer: Observer) {
    this.observer = observer;
    return { unsubscribe: () => void this.unsubscribed++ };
  }
}

const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ credit: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 5, arbitrary: fc.constantFrom('next' as const, 'next' as const, 'turn' as const) },
);

interface Plan {
  readonly credit: number;
  readonly limit: number;
  readonly steps: readonly ('next' | 'turn' | { readonly credit: number })[];
  readonly ending: 'complete' | 'error';
}

const plan: fc.Arbitrary<Plan> = fc.record({
  credit: fc.integer({ min: 1, max: 4 }),
  limit: fc.integer({ min: 1, max: 3 }),
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
  ending: fc.constantFrom('complete', 'error'),
});

test('under any schedule: none without credit, in order, one end, and overflow exactly beyond the bound', async () => {
  let overflows = 0;
  const run = async ({ credit, limit, steps, ending }: Plan): Promise<void> => {
    const outlet = new RecordedOutlet(credit);
    const subject = new Subject();
    const reply = new BufferedSource(subject, credit, limit, outlet);
    let granted = credit;
    let pushed = 0;
    let overflown = false;
    for (const step of steps) {
      if (step === 'turn') await turn();
      else if (step === 'next') {
        // ahead of what the reader has asked for by more than the limit
        overflown ||= pushed + 1 - granted > limit;
        subject.observer.next(overflown ? 'beyond' : ++pushed);
      } else {
        granted += step.credit;
        outlet.grant(step.credit);
        reply.credit(step.credit);
      }
    }
    const error = new Error('the end');
    if (ending === 'complete') subject.observer.complete();
    else subject.observer.error(error);
    await turn();
    expect(outlet.values).toHaveLength(Math.min(pushed, granted));
    outlet.grant(100);
    reply.credit(100);
    await turn();
    expect(outlet.values).toEqual(Array.from({ length: pushed }, (_, index) => index + 1));
    if (overflown) expect(outlet.ended).toMatchObject({ error: { code: 'STREAM_OVERFLOW' } });
    else expect(outlet.ended).toEqual(ending === 'complete' ? 'complete' : { error });
    expect(subject.unsubscribed).toBe(overflown ? 1 : 0);
    if (overflown) overflows++;
  };
  await fc.assert(fc.asyncProperty(plan, run), { numRuns: 500 });
  expect(overflows).toBeGreaterThan(20);
});

test('a single value and its end are one', async () => {
  const said: unknown[] = [];
  const outlet = {
    value: (value: unknown, last: boolean) => void said.push([value, last]),
    end: () => undefined,
    fail: () => undefined,
  };
  const subject = new Subject();
  new BufferedSource(subject, 1, 1, outlet);
  subject.observer.next('only');
  subject.observer.complete();
  await turn();
  expect(said).toEqual([['only', true]]);
});

test('the end needs no credit, and what comes after it is ignored', async () => {
  const outlet = new RecordedOutlet(1);
  const subject = new Subject();
  const reply = new BufferedSource(subject, 1, 1, outlet);
  subject.observer.next(1);
  await turn();
  subject.observer.complete();
  expect(outlet.ended).toBe('complete');
  subject.observer.next(2);
  subject.observer.error(new Error('late'));
  reply.credit(1);
  await turn();
  expect([outlet.values, outlet.ended]).toEqual([[1], 'complete']);
});

test('one that overflows while it is subscribed to is unsubscribed from', async () => {
  const outlet = new RecordedOutlet(1);
  const subject = new Subject();
  const burst: ObservableLike = {
    subscribe(observer) {
      for (let value = 1; value <= 10; value++) observer.next(value);
      return subject.subscribe(observer);
    },
  };
  const reply = new BufferedSource(burst, 1, 2, outlet);
  expect(subject.unsubscribed).toBe(1);
  await turn();
  expect(outlet.values).toEqual([1]);
  outlet.grant(5);
  reply.credit(5);
  expect(outlet.values).toEqual([1, 2, 3]);
  expect(outlet.ended).toMatchObject({
    error: { code: 'STREAM_OVERFLOW', message: expect.stringContaining('more than 2 values ahead') },
  });
});

test('stop unsubscribes, and nothing is said after it', async () => {
  const outlet = new RecordedOutlet(5);
  const subject = new Subject();
  const reply = new BufferedSource(subject, 5, 5, outlet);
  subject.observer.next(1);
  reply.stop();
  subject.observer.next(2);
  subject.observer.complete();
  reply.credit(1);
  await turn();
  expect([outlet.values, outlet.ended]).toEqual([[], undefined]);
  expect(subject.unsubscribed).toBe(1);
});

test('an async iterable within it is pulled, with the credit that is there', async () => {
  const outlet = new RecordedOutlet(2);
  const subject = new Subject();
  const reply = new BufferedSource(subject, 2, 1, outlet);
  async function* numbers() {
    yield* [1, 2, 3];
  }
  subject.observer.next(numbers());
  subject.observer.complete();
  await turn();
  expect(outlet.values).toEqual([1, 2]);
  outlet.grant(2);
  reply.credit(2);
  await turn();
  expect([outlet.values, outlet.ended]).toEqual([[1, 2, 3], 'complete']);
});

test('an async iterable within it that cannot be iterated ends it with the error', async () => {
  const outlet = new RecordedOutlet(2);
  const subject = new Subject();
  new BufferedSource(subject, 2, 1, outlet);
  const broken = {
    [Symbol.asyncIterator]() {
      throw new Error('not iterable after all');
    },
  };
  subject.observer.next(broken);
  subject.observer.complete();
  await turn();
  expect(outlet.ended).toMatchObject({ error: { message: 'not iterable after all' } });
});
