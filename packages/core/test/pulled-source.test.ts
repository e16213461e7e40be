import { turn } from '@rookery/testing';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { PulledSource } from '../src/streams/pulled-source.js';
import { RecordedOutlet } from './recorded-outlet.js';

/** An async iterable whose values come when a test says so. */
class Source implements AsyncIterableIterator<number> {
  readonly #ready: IteratorResult<number>[] = [];
  #pull: PromiseWithResolvers<IteratorResult<number>> | undefined;
  pulls = 0;
  returned = 0;

  [Symbol.asyncIterator](): this {
    return this;
  }

  give(result: IteratorResult<number>): void {
    if (this.#pull) this.#pull.resolve(result);
    else this.#ready.push(result);
    this.#pull = undefined;
  }

  fail(error: unknown): void {
    this.#pull?.reject(error);
  }

  async next(): Promise<IteratorResult<number>> {
    this.pulls++;
    const ready = this.#ready.shift();
    if (ready) return ready;
    this.#pull = Promise.withResolvers();
    return this.#pull.promise;
  }

  async return(): Promise<IteratorResult<number>> {
    this.returned++;
    return { value: undefined, done: true };
  }
}

const step = fc.oneof(
  fc.record({ credit: fc.integer({ min: 1, max: 5 }) }),
  fc.constantFrom('give' as const, 'turn' as const),
);

test('under any schedule of credit and values: none without credit, in order, all of them, one end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 30 }),
      async (credit, steps) => {
        const outlet = new RecordedOutlet(credit);
        const source = new Source();
        const reply = new PulledSource(source, credit, outlet);
        let granted = credit;
        let given = 0;
        for (const step of steps) {
          if (step === 'turn') await turn();
          else if (step === 'give') source.give({ value: ++given, done: false });
          else {
            granted += step.credit;
            outlet.grant(step.credit);
            reply.credit(step.credit);
          }
          expect(source.pulls).toBeLessThanOrEqual(granted);
        }
        await turn();
        expect(outlet.values).toHaveLength(Math.min(given, granted));
        expect(outlet.ended).toBeUndefined();
        source.give({ value: undefined, done: true });
        outlet.grant(given + 1);
        reply.credit(given + 1);
        await turn();
        expect(outlet.values).toEqual(Array.from({ length: given }, (_, index) => index + 1));
        expect(outlet.ended).toBe('complete');
        const { pulls } = source;
        reply.credit(5);
        await turn();
        expect(source.pulls).toBe(pulls);
      },
    ),
    { numRuns: 300 },
  );
});

test('without credit it does not pull', async () => {
  const source = new Source();
  source.give({ value: 1, done: false });
  const outlet = new RecordedOutlet(1);
  new PulledSource(source, 1, outlet);
  await turn();
  expect([outlet.values, source.pulls]).toEqual([[1], 1]);
});

test('what the iterable throws comes after its values', async () => {
  const outlet = new RecordedOutlet(5);
  const error = new Error('half way');
  async function* half() {
    yield 1;
    throw error;
  }
  new PulledSource(half(), 5, outlet);
  await turn();
  expect([outlet.values, outlet.ended]).toEqual([[1], { error }]);
});

test('stop runs the finally of a generator once, and nothing is said after it', async () => {
  const outlet = new RecordedOutlet(2);
  const cleaned = vi.fn();
  async function* values() {
    try {
      for (let value = 1; ; value++) yield value;
    } finally {
      cleaned();
    }
  }
  const reply = new PulledSource(values(), 2, outlet);
  await turn();
  reply.stop();
  reply.stop();
  reply.credit(5);
  await turn();
  expect(outlet.values).toEqual([1, 2]);
  expect(outlet.ended).toBeUndefined();
  expect(cleaned).toHaveBeenCalledTimes(1);
});

test.each(['value', 'end', 'error'] as const)(
  'stopped while it waits, the %s that comes is nobody’s',
  async (what) => {
    const outlet = new RecordedOutlet(2);
    const source = new Source();
    const reply = new PulledSource(source, 2, outlet);
    reply.stop();
    if (what === 'error') source.fail(new Error('late'));
    else source.give(what === 'value' ? { value: 1, done: false } : { value: undefined, done: true });
    await turn();
    expect([outlet.values, outlet.ended]).toEqual([[], undefined]);
    expect(source.returned).toBe(1);
  },
);
