import { turn } from '@rookery/testing';
import { expect, test } from 'vitest';
import { MemoryDeadLetters } from '../../src/dead-letters/memory.js';
import type { ReplayOutcome } from '../../src/dead-letters/replay-options.js';
import { createEnvelope } from '../../src/envelope/envelope.js';
import { slotOf } from '../../src/slots/slot.js';
import type { MessageContext } from '../../src/context/message-context.js';
import { handServer } from '../hand-transport.js';
import { letterOf } from './letters.js';

const retries = { attempts: 3, firstDelay: 100, factor: 2, maxDelay: 150 };

/** A server with an endpoint that does as it is told, and one letter of it. */
async function scene(handler: (data: unknown, context: MessageContext) => unknown, options = {}) {
  const hand = handServer({ retries, replica: 'users-1', ...options });
  const { server, transport, deadLetters } = hand;
  server.on(['user.*'], { endpoint: 'mail' }, handler);
  let others = 0;
  server.on(['user.*'], { endpoint: 'audit' }, () => void others++);
  await server.start();
  await hand.clock.advance(1_000); // letters of the tests have failed before
  const deliver = (id: string, attempt: number) =>
    transport.subscriptions[0]!.subscriber({
      message: {
        envelope: createEnvelope({ id, pattern: 'user.created', key: 'k', headers: { a: 'b' } }),
        body: '1',
      },
      attempt,
      settle() {},
    });
  return {
    ...hand,
    letters: server.deadLetters,
    kept: () => deadLetters.list(),
    deliver,
    others: () => others,
  };
}

async function all(run: AsyncIterable<ReplayOutcome>): Promise<ReplayOutcome[]> {
  const outcomes: ReplayOutcome[] = [];
  for await (const outcome of run) outcomes.push(outcome);
  return outcomes;
}

test('a replay is the same message, to its endpoint only, from attempt 1 on; the letter leaves when it is accepted', async () => {
  let broken = true;
  const seen: unknown[] = [];
  const { letters, kept, deliver, others } = await scene((data, { envelope, attempt }) => {
    if (broken) throw new TypeError('no mail');
    seen.push([data, attempt, envelope]);
  });
  deliver('e1', 3);
  await turn();
  const [letter] = await kept();
  expect(letter).toMatchObject({ attempts: 3, replays: 0, lastFailure: { replica: 'users-1' } });
  expect(letter?.lastFailure.stack).toContain('TypeError: no mail\n');
  broken = false;
  expect(await all(letters.replay())).toEqual([{ id: letter?.id, outcome: 'handled' }]);
  const headers = { a: 'b', 'rookery-replay': '1' };
  expect(seen).toEqual([[1, 1, { ...letter!.message.envelope, headers }]]);
  expect(await kept()).toEqual([]);
  expect(others()).toBe(0);
});

test('a replay that fails is one letter, with its history, and says how often it was replayed', async () => {
  const tries: unknown[] = [];
  const { letters, kept, deliver, clock } = await scene((_, { attempt, envelope }) => {
    tries.push([attempt, envelope.headers?.['rookery-replay']]);
    throw new RangeError(`no. ${tries.length}`);
  });
  deliver('e1', 3);
  await turn();
  const [first] = await kept();
  for (const time of ['1', '2']) {
    const replay = all(letters.replay());
    await clock.advance(1_000);
    await clock.advance(1_000);
    expect(await replay).toEqual([
      { id: first?.id, outcome: 'failed', why: expect.stringContaining('RangeError') },
    ]);
    expect(tries.slice(-3)).toEqual([
      [1, time],
      [2, time],
      [3, time],
    ]);
  }
  expect(await kept()).toEqual([
    {
      ...first,
      attempts: 9,
      replays: 2,
      lastFailure: {
        ...first?.lastFailure,
        at: expect.any(Number),
        cause: expect.any(String),
        stack: expect.any(String),
      },
    },
  ]);
  expect((await kept())[0]?.message.envelope.headers).toEqual({ a: 'b' });
});

test('the first failure is that of the first try', async () => {
  let count = 0;
  const { kept, deliver, clock } = await scene(() => {
    throw new Error(`try ${++count}`);
  });
  for (const attempt of [1, 2, 3]) {
    deliver('e1', attempt);
    await turn();
    await clock.advance(10);
  }
  expect(await kept()).toMatchObject([
    { firstFailure: { cause: 'Error: try 1' }, lastFailure: { cause: 'Error: try 3' }, attempts: 3 },
  ]);
});

test('what an edit has put in is what is handled', async () => {
  const seen: unknown[] = [];
  const { letters, deadLetters } = await scene((data) => void seen.push(data));
  await deadLetters.put(letterOf('e1'));
  const { id } = letterOf('e1');
  await expect(letters.edit(id, '{')).rejects.toMatchObject({ code: 'NOT_DECODABLE' });
  expect(await letters.edit(id, '{"name":"Ada"}', 'me')).toMatchObject({
    edited: { by: 'me', original: '1' },
  });
  await all(letters.replay({ ids: [id] }));
  expect(seen).toEqual([{ name: 'Ada' }]);
});

test('as many begin in a second as the rate says, and no more at once than may', async () => {
  const begun: number[] = [];
  const { letters, deadLetters, clock } = await scene(() => void begun.push(clock.now()));
  for (let n = 0; n < 5; n++) await deadLetters.put(letterOf(`e${n}`, n));
  const began = clock.now();
  const replay = all(letters.replay({}, { rate: 10 }));
  for (let step = 0; step < 50; step++) await clock.advance(10);
  expect((await replay).map(({ outcome }) => outcome)).toEqual(Array(5).fill('handled'));
  expect(begun.map((at) => at - began)).toEqual([0, 100, 200, 300, 400]);
});

test('no more are under way at once than may be', async () => {
  const open: PromiseWithResolvers<void>[] = [];
  const { letters, deadLetters } = await scene(() => {
    open.push(Promise.withResolvers<void>());
    return open.at(-1)?.promise;
  });
  for (let n = 0; n < 5; n++) await deadLetters.put(letterOf(`e${n}`, n));
  const replay = all(letters.replay({}, { rate: Infinity, concurrency: 2 }));
  await turn();
  expect(open).toHaveLength(2);
  for (let n = 0; n < 5; n++) {
    open[n]?.resolve();
    await turn();
    expect(open).toHaveLength(Math.min(n + 3, 5));
  }
  expect(await replay).toHaveLength(5);
});

test('who leaves has no further one begun; those under way end as they would', async () => {
  const held = Promise.withResolvers<void>();
  let begun = 0;
  const { letters, deadLetters, kept } = await scene(() => {
    begun++;
    return begun === 1 ? undefined : held.promise;
  });
  for (let n = 0; n < 5; n++) await deadLetters.put(letterOf(`e${n}`, n));
  for await (const { outcome } of letters.replay({}, { rate: Infinity, concurrency: 2 })) {
    expect(outcome).toBe('handled');
    break;
  }
  await turn();
  const atLeave = begun;
  held.resolve();
  await turn();
  expect(begun).toBe(atLeave);
  expect(await kept()).toHaveLength(5 - begun);
});

test('one letter is replayed once at a time, and neither edited nor dropped meanwhile', async () => {
  const held = Promise.withResolvers<void>();
  const { letters, deadLetters, kept } = await scene(() => held.promise);
  await deadLetters.put(letterOf('e1'));
  const { id } = letterOf('e1');
  const first = all(letters.replay());
  await turn();
  expect(await all(letters.replay())).toEqual([{ id, outcome: 'left', why: 'it is being replayed already' }]);
  await expect(letters.edit(id, '2')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await letters.drop({})).toBe(0);
  held.resolve();
  expect(await first).toMatchObject([{ outcome: 'handled' }]);
  expect(await kept()).toEqual([]);
});

test('letters that fail again do not open the kill switch of their endpoint', async () => {
  let broken = true;
  const handled: string[] = [];
  const { letters, deadLetters, deliver } = await scene(
    (_, { messageId }) => {
      if (broken) throw new Error('poison');
      handled.push(messageId);
    },
    { retries: { ...retries, attempts: 1 } },
  );
  for (let n = 0; n < 100; n++) await deadLetters.put(letterOf(`e${n}`, n));
  const outcomes = await all(letters.replay({}, { rate: Infinity }));
  expect(outcomes.filter(({ outcome }) => outcome === 'failed')).toHaveLength(100);
  broken = false;
  deliver('alive', 1);
  await turn();
  expect(handled).toEqual(['alive']);
});

test('at an ordered endpoint a replay is alone with its key while it is handled, and holds nobody up for its next try', async () => {
  const hand = handServer({ retries });
  const { server, transport, deadLetters, clock } = hand;
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  server.on(['user.*'], { endpoint: 'mail', ordered: true }, async (_, { messageId, attempt }) => {
    log.push(`${messageId} ${attempt} begins`);
    if (messageId === 'poison' && attempt === 1) await gate.promise;
    log.push(`${messageId} ${attempt} ends`);
    if (messageId === 'poison') throw new Error('no');
  });
  await server.start();
  await clock.advance(1_000);
  const keyed = (id: string) => createEnvelope({ id, pattern: 'user.created', key: 'k', slot: slotOf('k') });
  await deadLetters.put(letterOf('poison', 0, { message: { envelope: keyed('poison'), body: '1' } }));
  const replay = all(server.deadLetters.replay());
  await turn();
  transport.subscriptions[0]!.subscriber({
    message: { envelope: keyed('live'), body: '1' },
    attempt: 1,
    settle() {},
  });
  await turn();
  expect(log).toEqual(['poison 1 begins']);
  gate.resolve();
  await turn();
  expect(log).toEqual(['poison 1 begins', 'poison 1 ends', 'live 1 begins', 'live 1 ends']);
  await clock.advance(10_000);
  await clock.advance(10_000);
  expect(await replay).toMatchObject([{ outcome: 'failed' }]);
  expect(log.slice(4)).toEqual(['poison 2 begins', 'poison 2 ends', 'poison 3 begins', 'poison 3 ends']);
});

test('a letter whose endpoint is not here is left', async () => {
  const { letters, deadLetters, kept } = await scene(() => undefined);
  await deadLetters.put(letterOf('e1', 0, { endpoint: 'gone' }));
  expect(await all(letters.replay())).toMatchObject([
    { outcome: 'left', why: 'there is no endpoint gone here' },
  ]);
  expect(await kept()).toHaveLength(1);
});

test('what comes while a replay goes on, the same letters among it, is for another one', async () => {
  const { letters, deadLetters, kept, clock, deliver } = await scene((_, { messageId, attempt }) => {
    if (messageId === 'e1' && attempt === 1) deliver('new', 3);
    throw new Error('no');
  });
  await deadLetters.put(letterOf('e1', clock.epoch()));
  await clock.advance(1);
  const replay = all(letters.replay());
  await clock.advance(1_000);
  await clock.advance(1_000);
  expect(await replay).toHaveLength(1);
  expect(await kept()).toHaveLength(2);
});

test('a server that drains begins no further one, leaves what waits for its next try, and lets handlers end', async () => {
  const held = Promise.withResolvers<void>();
  const { server, letters, deadLetters, kept, clock } = await scene((_, { messageId }) => {
    if (messageId === 'waits') throw new Error('no');
    return held.promise;
  });
  for (const [at, id] of ['waits', 'works', 'next'].entries()) await deadLetters.put(letterOf(id, at));
  const replay = all(letters.replay({}, { rate: Infinity, concurrency: 2 }));
  await turn();
  const drained = server.drain();
  held.resolve();
  await drained;
  expect((await replay).map(({ outcome }) => outcome)).toEqual(['left', 'handled']);
  expect(await kept()).toHaveLength(2);
  expect(clock.timers).toBe(0);
});

test('a server whose handler does not end in time leaves its letter', async () => {
  const { server, letters, deadLetters, kept, clock } = await scene(() => new Promise(() => undefined));
  await deadLetters.put(letterOf('e1'));
  const replay = all(letters.replay());
  await turn();
  const drained = server.drain();
  await turn();
  await clock.advance(10_000);
  await drained;
  expect(await replay).toMatchObject([{ outcome: 'left', why: 'the service stopped before it was handled' }]);
  expect(await kept()).toHaveLength(1);
});

test('a store that fails is told, and the letter is left', async () => {
  const deadLetters = new MemoryDeadLetters();
  const { letters } = await scene(() => undefined, { deadLetters });
  await deadLetters.put(letterOf('e1'));
  deadLetters.get = () => Promise.reject(new Error('no connection'));
  expect(await all(letters.replay())).toMatchObject([{ outcome: 'left', why: 'Error: no connection' }]);
  deadLetters.list = () => Promise.reject(new Error('no connection'));
  await expect(all(letters.replay())).rejects.toThrow('no connection');
});

test.each([
  [{ rate: 0 }, 'the rate is 0'],
  [{ rate: NaN }, 'the rate is NaN'],
  [{ concurrency: 0 }, 'concurrency is 0'],
])('an option that cannot work is an error at once: %j', async (options, message) => {
  const { letters } = await scene(() => undefined);
  expect(() => letters.replay({}, options)).toThrow(message);
});
