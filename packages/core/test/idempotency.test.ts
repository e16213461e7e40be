import { afterEach, describe, expect, test, vi } from 'vitest';
import { Unavailable } from '../src/errors/conditions.js';
import { MemoryIdempotencyStore } from '../src/idempotency/memory-store.js';
import type { Claim, IdempotencyStore, KeptAnswer } from '../src/idempotency/store.js';
import { busyServer } from './busy-server.js';

const DONE = [['"done"', 'last']];
const KEY = { idempotencyKey: 'k', source: 'web', body: '1', timeout: 1_000 };

afterEach(() => vi.restoreAllMocks());

describe('a request with a key', () => {
  test('is handled once: those that come meanwhile join it, those that come later get its answer', async () => {
    const { ask, end, works, server } = await busyServer();
    const first = ask('work', KEY);
    const second = ask('work', KEY);
    expect(server.describe().now).toMatchObject({ inFlight: 2, handling: 1, keysUnderWay: 1 });
    await end(0);
    const third = ask('work', KEY);
    expect([first.heard, second.heard, third.heard]).toEqual([DONE, DONE, DONE]);
    expect(works).toHaveLength(1);
    expect(server.describe().now).toMatchObject({ inFlight: 0, handling: 0, keysUnderWay: 0 });
  });

  test('is another for another caller, behalf, tenant, pattern or key', async () => {
    const { ask, works, server } = await busyServer();
    server.handle('other', () => new Promise(() => undefined));
    ask('work', KEY);
    ask('work', { ...KEY, source: 'app' });
    ask('work', { ...KEY, caller: 'ann' });
    ask('work', { ...KEY, tenant: 'acme' });
    ask('work', { ...KEY, idempotencyKey: 'l' });
    ask('other', KEY);
    expect(works).toHaveLength(5);
    expect(server.describe().now).toMatchObject({ handling: 6, keysUnderWay: 6 });
  });

  test('and another body is refused, while the first is handled and later', async () => {
    const { ask, end, works } = await busyServer();
    const conflict = [
      {
        k: 'r',
        code: 'IDEMPOTENCY_CONFLICT',
        message:
          "the idempotency key 'k' was used for another body of work on 'users'; not started: make a new key for each " +
          'request that is not a repetition',
        recourse: 'terminal',
      },
    ];
    const first = ask('work', KEY);
    expect(ask('work', { ...KEY, body: '2' }).heard).toEqual(conflict);
    await end(0);
    expect(ask('work', { ...KEY, body: '2' }).heard).toEqual(conflict);
    expect(ask('work', { ...KEY, body: undefined }).heard).toEqual(conflict);
    expect([first.heard, works.length]).toEqual([DONE, 1]);
  });

  test('fails the same again, unless that was retryable', async () => {
    const { server, ask } = await busyServer();
    let tries = 0;
    server.handle('fails', (error) => {
      tries++;
      throw error === 'retryable' ? new Unavailable('busy') : new Error('broken');
    });
    const failed = [{ k: 'e', name: 'Error', message: 'broken' }];
    const asked = { ...KEY, body: '"terminal"' };
    expect([ask('fails', asked).heard, ask('fails', asked).heard, tries]).toEqual([failed, failed, 1]);
    const again = { ...KEY, idempotencyKey: 'l', body: '"retryable"' };
    expect(ask('fails', again).heard).toMatchObject([{ code: 'UNAVAILABLE' }]);
    expect(ask('fails', again).heard).toMatchObject([{ code: 'UNAVAILABLE' }]);
    expect(tries).toBe(3);
  });

  test('that was joined fails for all of them, also where that is retryable', async () => {
    const { ask, works, clock } = await busyServer();
    const asked = [ask('work', KEY), ask('work', KEY)];
    works[0]!.end.reject(new Unavailable('busy'));
    await clock.settle();
    for (const { heard } of asked) expect(heard).toMatchObject([{ code: 'UNAVAILABLE' }]);
  });

  test('is forgotten after `keep`', async () => {
    const { ask, works, end, clock } = await busyServer({ idempotency: { keep: 1_000 } });
    ask('work', KEY);
    await end(0);
    await clock.advance(999);
    expect(ask('work', KEY).heard).toEqual(DONE);
    await clock.advance(1);
    expect(ask('work', KEY).heard).toEqual([]);
    expect(works).toHaveLength(2);
  });

  test('has a lease: after it another is handled, and the answer of the first is its own', async () => {
    const { ask, works, end, clock } = await busyServer();
    const first = ask('work', { ...KEY, timeout: 40_000 });
    await clock.advance(39_999);
    const joined = ask('work', KEY);
    await clock.advance(1);
    const second = ask('work', KEY);
    expect(works).toHaveLength(2);
    await end(0, 'first');
    const third = ask('work', KEY);
    await end(1, 'second');
    expect([first, joined].map(({ heard }) => heard)).toEqual([[['"first"', 'last']], [['"first"', 'last']]]);
    expect([second, third, ask('work', KEY)].map(({ heard }) => heard)).toEqual(
      Array.from({ length: 3 }, () => [['"second"', 'last']]),
    );
  });

  test('gives a place back when it joins', async () => {
    const { ask, server } = await busyServer({ requests: { concurrency: 2 } });
    ask('work', KEY);
    for (let n = 0; n < 5; n++) ask('work', KEY);
    expect(ask('quick', { body: '1' }).heard).toEqual([['1', 'last']]);
    expect(server.describe().now).toMatchObject({ inFlight: 6, handling: 1 });
  });
});

describe('a cancel', () => {
  test('of one that has joined is its own', async () => {
    const { ask, end, works } = await busyServer();
    const first = ask('work', KEY);
    const second = ask('work', KEY);
    second.call.cancel();
    expect(works[0]!.signal.aborted).toBe(false);
    await end(0);
    expect([first.heard, second.heard]).toEqual([DONE, []]);
  });

  test('of the first leaves the work to those that have joined, with their time', async () => {
    const { ask, end, works, server, clock } = await busyServer();
    const first = ask('work', { ...KEY, timeout: 100 });
    await clock.advance(90);
    const second = ask('work', KEY);
    await clock.advance(20);
    first.call.cancel();
    expect(works[0]!.signal.aborted).toBe(false);
    await end(0);
    expect([first.heard, second.heard, server.inFlight]).toEqual([[], DONE, 0]);
  });

  test('of all aborts the work, and what it answers all the same is kept', async () => {
    const { ask, end, works, server } = await busyServer();
    const asked = [ask('work', KEY), ask('work', KEY)];
    for (const { call } of asked) call.cancel();
    expect(works[0]!.signal.aborted).toBe(true);
    expect(server.inFlight).toBe(1);
    await end(0);
    expect(ask('work', KEY).heard).toEqual(DONE);
    expect([works.length, server.inFlight]).toEqual([1, 0]);
  });

  test('that makes the handler fail lets the next be handled, also one that has come since', async () => {
    const { ask, end, works, clock } = await busyServer();
    ask('work', KEY).call.cancel();
    const late = ask('work', KEY);
    works[0]!.end.reject(new Error('aborted'));
    await clock.settle();
    expect(works).toHaveLength(2);
    await end(1);
    expect(late.heard).toEqual(DONE);
  });
});

describe('a stream with a key', () => {
  test('goes to its own caller alone, and is not kept', async () => {
    const { server, ask, clock } = await busyServer();
    const gate = Promise.withResolvers<void>();
    server.handle('stream', async function* () {
      await gate.promise;
      yield* [1, 2];
    });
    const first = ask('stream', { ...KEY, credit: 5 });
    const joined = ask('stream', { ...KEY, credit: 5 });
    gate.resolve();
    await clock.settle();
    const later = ask('stream', { ...KEY, credit: 5 });
    expect(first.heard).toEqual([['1'], ['2'], [undefined, 'last']]);
    const refused = [
      { code: 'IDEMPOTENCY_CONFLICT', message: expect.stringContaining('neither kept nor shared') },
    ];
    expect(joined.heard).toMatchObject(refused);
    expect(later.heard).toMatchObject(refused);
    expect(server.inFlight).toBe(0);
  });

  test.each(['before', 'after'])('is stopped when its caller goes, %s its first value', async (when) => {
    const { server, ask, clock } = await busyServer();
    const stopped = vi.fn();
    const gate = Promise.withResolvers<void>();
    server.handle('stream', async function* () {
      await gate.promise;
      try {
        for (;;) yield 1;
      } finally {
        stopped();
      }
    });
    const { call } = ask('stream', { ...KEY, credit: 5 });
    if (when === 'before') call.cancel();
    gate.resolve();
    await clock.settle();
    if (when === 'after') call.cancel();
    await clock.settle();
    expect(stopped).toHaveBeenCalledTimes(1);
    expect(server.inFlight).toBe(0);
  });
});

test('a drain that runs out leaves the key to its lease', async () => {
  const store = { ...sharedStore(), keep: vi.fn() };
  const { ask, works, server, clock } = await busyServer({ idempotency: { store }, drainTimeout: 100 });
  const asked = [ask('work', KEY), ask('work', KEY)];
  await clock.settle();
  const draining = server.drain();
  await clock.advance(100);
  await draining;
  for (const { heard } of asked) expect(heard).toMatchObject([{ code: 'UNAVAILABLE', recourse: 'unknown' }]);
  works[0]!.end.resolve('late');
  await clock.settle();
  expect([store.keep.mock.calls, server.inFlight]).toEqual([[], 0]);
});

/** A store as a database would be one: asynchronous, and shared by replicas. */
function sharedStore(): IdempotencyStore & { readonly known: Map<string, KeptAnswer | undefined> } {
  const known = new Map<string, KeptAnswer | undefined>();
  return {
    reach: 'service',
    known,
    claim: async (id): Promise<Claim> => {
      const answer = known.get(id);
      if (answer) return { state: 'done', answer };
      if (known.has(id)) return { state: 'running' };
      known.set(id, undefined);
      return { state: 'claimed', token: 't' };
    },
    keep: async (id, _, answer) => void known.set(id, answer),
    release: async (id) => void known.delete(id),
  };
}

describe('a store that is shared by replicas', () => {
  test('has one of them handle it, and the others wait for the answer', async () => {
    const store = sharedStore();
    const here = await busyServer({ idempotency: { store } });
    const there = await busyServer({ idempotency: { store } });
    const asked = [here.ask('work', KEY), here.ask('work', KEY)];
    await here.clock.settle();
    const elsewhere = [there.ask('work', KEY), there.ask('work', KEY)];
    await there.clock.advance(1_000);
    expect([here.works.length, there.works.length]).toEqual([1, 0]);
    await here.end(0);
    await there.clock.advance(400);
    for (const { heard } of [...asked, ...elsewhere]) expect(heard).toEqual(DONE);
    expect([there.clock.timers, there.server.inFlight]).toEqual([0, 0]);
    expect(there.server.describe().policies[3]).toMatchObject({
      values: { reach: { value: 'service', from: 'server' } },
    });
  });

  test('is not asked any more for those that have gone', async () => {
    const store = sharedStore();
    const claim = vi.spyOn(store, 'claim');
    const { ask, works, clock, server } = await busyServer({ idempotency: { store } });
    const { call } = ask('work', KEY);
    call.cancel();
    await clock.settle();
    expect([works.length, store.known.size, server.inFlight]).toEqual([0, 0, 0]);
    store.known.set(claim.mock.calls[0]![0], undefined); // another replica works on it
    ask('work', KEY).call.cancel();
    await clock.advance(10_000);
    expect([claim.mock.calls.length, clock.timers]).toEqual([2, 0]);
  });

  test('that cannot be asked has the request refused; one that does not keep is logged', async () => {
    const errors: string[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (text: string) => void errors.push(text) };
    const store = sharedStore();
    const { ask, end, clock } = await busyServer({ idempotency: { store }, logger });
    vi.spyOn(store, 'claim').mockRejectedValueOnce(new Error('no connection'));
    const refused = ask('work', KEY);
    await clock.settle();
    expect(refused.heard).toMatchObject([
      { code: 'UNAVAILABLE', recourse: 'retryable', message: expect.stringContaining('no connection') },
    ]);
    vi.spyOn(store, 'keep').mockRejectedValueOnce(new Error('disk full'));
    const { heard } = ask('work', KEY);
    await clock.settle();
    await end(0);
    expect(heard).toEqual(DONE);
    expect(errors).toHaveLength(2);
    expect(errors[1]).toBe(
      "'users': the answer to a request with an idempotency key was not kept: disk full",
    );
  });
});

test('when all keys are of requests under way a further one is refused', async () => {
  const { ask, end } = await busyServer({ idempotency: { maxEntries: 1 } });
  ask('work', KEY);
  const other = { ...KEY, idempotencyKey: 'l' };
  expect(ask('work', other).heard).toMatchObject([
    { code: 'OVERLOADED', message: expect.stringContaining('idempotency.maxEntries') },
  ]);
  expect(ask('quick', { body: '1' }).heard).toEqual([['1', 'last']]);
  await end(0);
  expect(ask('work', other).heard).toEqual([]);
});

test('the bounds of the default store are not those of another', async () => {
  const store = sharedStore();
  await expect(busyServer({ idempotency: { store, maxEntries: 5 } })).rejects.toThrow('default store');
});

test('the memory store keeps no more than its entries and bytes, the newest first', () => {
  let now = 0;
  const clock = { now: () => now, epoch: () => now, after: () => ({ cancel() {} }), defer() {} };
  const store = new MemoryIdempotencyStore({ clock, maxEntries: 3, maxBytes: 10 });
  const put = (id: string, body: string, ms = 1_000) => {
    const claim = store.claim(id, 'f', 50);
    if (claim.state === 'claimed') store.keep(id, claim.token, { body }, ms);
    return claim.state;
  };
  const state = (id: string) => store.claim(id, 'f', 50).state;
  for (const id of ['a', 'b', 'c', 'd']) expect(put(id, id)).toBe('claimed');
  expect([store.size, state('d'), state('b')]).toEqual([3, 'done', 'done']);
  expect(put('e', 'x'.repeat(100))).toBe('claimed'); // larger than all: it alone is kept
  expect([store.size, state('e')]).toEqual([1, 'done']);
  expect(put('f', 'y')).toBe('claimed');
  expect([store.size, state('f')]).toEqual([1, 'done']);
  expect([state('g'), state('g'), store.size]).toEqual(['claimed', 'running', 2]);
  now = 50;
  expect(state('g')).toBe('claimed'); // the lease has run out
  now = 2_000;
  expect([state('h'), store.size]).toEqual(['claimed', 1]);
});
