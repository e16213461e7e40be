import { seededRandom, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { LoggedDeadLetters } from '../../src/dead-letters/logged.js';
import { ConfigurationError, Unavailable } from '../../src/errors/conditions.js';
import { silentLogger } from '../../src/transport/logger.js';
import { idsOf, letterOf } from './letters.js';
import { SharedLog, turn } from './shared-log.js';

const clock = new VirtualClock();
let seeds = 0;

function storeOn(log: SharedLog, bounds: object = {}) {
  const reader = log.reader();
  const random = seededRandom(++seeds);
  const store = new LoggedDeadLetters({
    ...{ service: 'users', log: reader, clock, random, logger: silentLogger },
    ...bounds,
  });
  return { store, reader };
}

async function open(log: SharedLog, bounds?: object) {
  const opened = storeOn(log, bounds);
  await opened.store.open(true);
  return opened;
}

/** What a store says of all letters: their bodies, tries, and how often they were replayed. */
async function stateOf({ store }: { store: LoggedDeadLetters }) {
  const letters = await store.list();
  return letters.map(({ id, attempts, replays, message }) => [id, attempts, replays, message.body]);
}

/** Waits for it while all that is appended is read. */
async function done<T>(log: SharedLog, work: Promise<T>): Promise<T> {
  let ended = false;
  const watched = work.finally(() => (ended = true));
  watched.catch(() => undefined);
  while (!ended) await log.settle();
  return watched;
}

describe('dead letters in a log', () => {
  test('what one puts all have, and whoever comes later', async () => {
    const log = new SharedLog();
    const [one, other] = [await open(log), await open(log)];
    const letter = letterOf('a', 1, { message: { ...letterOf('a').message, body: new Uint8Array([1, 2]) } });
    await done(log, one.store.put(letter));
    expect(await other.store.list()).toEqual([letter]);
    expect(await (await open(log)).store.get(letter.id)).toEqual(letter);
    await done(log, other.store.edit(letter.id, '"new"', 7, 'ada'));
    expect(await one.store.get(letter.id)).toMatchObject({
      message: { body: '"new"' },
      edited: { at: 7, by: 'ada', original: new Uint8Array([1, 2]) },
    });
    expect(await done(log, one.store.delete(letter.id))).toBe(true);
    expect(await other.store.list()).toEqual([]);
    expect(await done(log, other.store.delete(letter.id))).toBe(false);
    expect(log.compacted().entries).toEqual([[letter.id, undefined]]);
  });

  test('two that put the same letter at once make one of it', async () => {
    const log = new SharedLog();
    const [one, other] = [await open(log), await open(log)];
    const puts = [one.store.put(letterOf('a', 5)), other.store.put(letterOf('a', 6, { replays: 1 }))];
    await done(log, Promise.all(puts));
    const [letter] = await one.store.list();
    expect(letter).toMatchObject({
      attempts: 10,
      replays: 1,
      firstFailure: { at: 5 },
      lastFailure: { at: 6 },
    });
    for (const late of [log, log.compacted()])
      expect(await stateOf(await open(late))).toEqual(await stateOf(one));
  });

  test('of two that claim a letter one has it, until it is done, gives it back, or is not heard of for a minute', async () => {
    const log = new SharedLog();
    const [one, other] = [await open(log), await open(log)];
    const letter = letterOf('a');
    const { id } = letter;
    await done(log, one.store.put(letter));
    const claims = await done(log, Promise.all([one.store.claim(id), other.store.claim(id)]));
    expect(claims.map((claim) => claim !== undefined)).toEqual([true, false]);
    expect(await done(log, other.store.delete(id))).toBe(false);
    await expect(done(log, other.store.edit(id, '1', 0, undefined))).rejects.toBeInstanceOf(Unavailable);

    for (let minute = 0; minute < 3; minute++) {
      await clock.advance(60_000);
      await log.settle();
    }
    expect(await done(log, other.store.claim(id))).toBeUndefined();
    await done(log, claims[0]?.() ?? Promise.reject(new Error('no claim')));
    const second = await done(log, other.store.claim(id));
    expect(second).toBeDefined();

    // The process dies: nobody says any more that it is at it.
    other.reader.refuses = new Error('gone');
    await clock.advance(60_001);
    const third = await done(log, one.store.claim(id));
    expect(third).toBeDefined();
    expect(await done(log, one.store.delete(id))).toBe(true);
    await done(log, third?.() ?? Promise.reject(new Error('no claim')));
    expect(await one.store.list()).toEqual([]);
    expect(await stateOf(await open(log))).toEqual([]);
    await done(log, second?.() ?? Promise.resolve());
  });

  test('a change to a letter that was deleted meanwhile does not bring it back, neither here nor after a restart', async () => {
    const log = new SharedLog();
    const [one, other] = [await open(log), await open(log)];
    const { id } = letterOf('a');
    await done(log, one.store.put(letterOf('a')));
    const work = [one.store.delete(id), other.store.claim(id), other.store.edit(id, '2', 0, undefined)];
    const [deleted, claim, edited] = await done(log, Promise.all(work));
    expect([deleted, claim, edited]).toEqual([true, undefined, undefined]);
    for (const late of [log, log.compacted()]) expect(await stateOf(await open(late))).toEqual([]);
    expect(await stateOf(other)).toEqual([]);
  });

  test('there is an end to them, and those that are there can still fail', async () => {
    const log = new SharedLog();
    const { store } = await open(log, { maxLetters: 1 });
    await done(log, store.put(letterOf('a')));
    await expect(done(log, store.put(letterOf('b')))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await done(log, store.put(letterOf('a', 9)));
    expect(idsOf(await store.list())).toEqual(['a']);
  });

  test('a letter that the log is about to forget is appended again', async () => {
    const log = new SharedLog();
    const { store, reader } = await open(log);
    await done(log, store.put(letterOf('a')));
    reader.keep(letterOf('a').id);
    reader.keep('unknown');
    await log.settle();
    expect(log.entries).toHaveLength(2);
    log.entries.shift();
    expect(idsOf(await (await open(log)).store.list())).toEqual(['a']);
  });

  test('what the log does not take is not kept; what it cannot read yet it reads later, and what never, ends the start', async () => {
    const log = new SharedLog();
    const { store, reader } = storeOn(log);
    reader.refuses = new Error('away');
    const opened = store.open(true);
    await turn();
    reader.refuses = undefined;
    await clock.advance(10_000);
    await opened;
    reader.refuses = new Error('away');
    await expect(store.put(letterOf('a'))).rejects.toThrow('away');
    const refused = storeOn(log);
    refused.reader.refuses = new ConfigurationError('not allowed');
    await expect(refused.store.open(true)).rejects.toThrow('not allowed');
  });

  test('what is no letter is left out', async () => {
    const log = new SharedLog();
    log.entries.push(['x', 'no JSON'], ['y', '{}'], ['z', 'null']);
    expect(await (await open(log)).store.list()).toEqual([]);
  });

  test('whatever several do at once, all come to the same, and whoever reads the log later, whole or only the latest', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed * 1_000);
      const pick = (count: number): number => Math.floor(random.next() * count);
      const log = new SharedLog();
      const stores = [await open(log), await open(log), await open(log)];
      const work: Promise<unknown>[] = [];
      for (let step = 0; step < 40; step++) {
        const { store, reader } = stores[pick(3)] ?? (await open(log));
        const letter = letterOf(`m${pick(3)}`, step, { attempts: 1 + pick(5), replays: pick(2) });
        const { id } = letter;
        const acts = [
          () => store.put(letter),
          () => store.put(letter),
          () => store.delete(id),
          () => store.edit(id, String(step), step, undefined).catch(() => undefined),
          () => store.claim(id).then((release) => release?.()),
          async () => {
            const release = await store.claim(id);
            if (!release) return;
            if (pick(2) === 0) await store.delete(id);
            else await store.put(letter);
            await release();
          },
          () => void reader.keep(id),
        ];
        work.push(Promise.resolve(acts[pick(acts.length)]?.()));
        if (pick(2) === 0) await turn();
        stores[pick(3)]?.reader.readOn(1 + pick(4));
      }
      await done(log, Promise.all(work));
      await log.settle();
      const state = await stateOf(stores[0] as (typeof stores)[number]);
      for (const store of [...stores, await open(log), await open(log.compacted())])
        expect(await stateOf(store), `seed ${seed}`).toEqual(state);
    }
  });
});

test('of what several replay at once nothing comes back', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed * 1_001);
    const pick = (count: number): number => Math.floor(random.next() * count);
    const log = new SharedLog();
    const stores = [await open(log), await open(log), await open(log)];
    const ids = ['a', 'b', 'c', 'd'].map((name) => letterOf(name).id);
    for (const name of ['a', 'b', 'c', 'd'])
      await done(log, (stores[0] as (typeof stores)[0]).store.put(letterOf(name)));
    let handled = 0;
    const replay = async ({ store }: (typeof stores)[number], id: string): Promise<void> => {
      const release = await store.claim(id);
      if (!release) return;
      handled++;
      await turn();
      await store.delete(id);
      await release();
    };
    const work = stores.flatMap((one) => ids.map((id) => replay(one, id)));
    for (let step = 0; step < 200; step++) {
      stores[pick(3)]?.reader.readOn(1 + pick(3));
      if (pick(2) === 0) await turn();
    }
    await done(log, Promise.all(work));
    await log.settle();
    expect(handled, `seed ${seed}`).toBe(4);
    for (const store of [...stores, await open(log), await open(log.compacted())])
      expect(await stateOf(store), `seed ${seed}`).toEqual([]);
  }
});
