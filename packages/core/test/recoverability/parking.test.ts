import { turn } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { MemoryDeadLetters } from '../../src/dead-letters/memory.js';
import type { DeadLetterStore } from '../../src/dead-letters/store.js';
import { createEnvelope } from '../../src/envelope/envelope.js';
import { Unrecoverable } from '../../src/errors/conditions.js';
import type { Settlement } from '../../src/transport/events.js';
import { letterOf } from '../dead-letters/letters.js';
import { endpoint } from './deliveries.js';

const PARKS = { ordered: true, orderedRetry: { hold: 1_000, then: 'park' } } as const;

/** An endpoint that parks, whose handler gives up what is in `poison`. */
async function parking(deadLetters: DeadLetterStore = new MemoryDeadLetters()) {
  const poison = new Set<unknown>();
  const tokens: unknown[] = [];
  const all = await endpoint(
    (data, { fencingToken }) => {
      if (poison.has(data)) throw new Unrecoverable(`${String(data)} is poison`);
      tokens.push([data, fencingToken]);
    },
    { deadLetters },
    PARKS,
  );
  const { subscriber } = all.transport.subscriptions[0]!;
  const deliver = async (id: string, key: string | undefined, fencingToken?: number) => {
    const settlements: Settlement[] = [];
    const envelope = createEnvelope({
      id,
      pattern: 'user.created',
      key,
      slot: key === undefined ? undefined : 3,
    });
    subscriber({
      message: { envelope, body: JSON.stringify(id) },
      attempt: 1,
      ...(fencingToken === undefined ? {} : { fencingToken }),
      settle: (settlement) => settlements.push(settlement),
    });
    await turn();
    return settlements[0]?.outcome;
  };
  const parkedIds = async () => {
    const letters = await deadLetters.list({ parked: true });
    return letters
      .toSorted((a, b) => (a.parked?.order ?? 0) - (b.parked?.order ?? 0))
      .map(({ message }) => message.envelope.id);
  };
  return { ...all, poison, tokens, deliver, parkedIds };
}

describe('a key that is parked', () => {
  test('is named in the log and the description; others, and events without a key, are not', async () => {
    const { deliver, poison, parkedIds, log, server } = await parking();
    poison.add('a1').add('none');
    expect(await deliver('a1', 'a')).toBe('reject');
    expect(await deliver('none', undefined)).toBe('reject');
    expect(await deliver('a2', 'a')).toBe('reject');
    expect(await deliver('b1', 'b')).toBe('accept');
    expect(await parkedIds()).toEqual(['a1', 'a2']);
    expect(server.deadLetters.parkedKeys()).toMatchObject([{ endpoint: 'mail', key: 'a', letters: 2 }]);
    expect(server.describe().events[0]?.parked).toEqual(server.deadLetters.parkedKeys());
    expect(log.filter((line) => line.includes('parks'))).toEqual([
      "warn: 'users' parks the key 'a' at mail: its events are dead letters until it is released (rookery dead-letters release --key 'a')",
    ]);
    const waiting = (await server.deadLetters.list({ key: 'a' })).find(({ attempts }) => attempts === 0);
    expect(waiting?.lastFailure.cause).toMatch(/^parked behind [0-9a-f]{16}, an event of its key/);
    expect(await server.deadLetters.drop({ key: 'a' })).toBe(2);
    expect(await deliver('a3', 'a')).toBe('accept');
    expect(server.describe().events[0]?.parked).toBeUndefined();
  });

  test('has its events handled under the fencing token that they were parked with', async () => {
    const { deliver, poison, tokens, server } = await parking();
    poison.add('a1');
    await deliver('a1', 'a', 7);
    await deliver('a2', 'a', 8);
    poison.clear();
    for await (const _ of server.deadLetters.release({ key: 'a' }));
    await deliver('a3', 'a', 9);
    expect(tokens).toEqual([
      ['a1', 7],
      ['a2', 8],
      ['a3', 9],
    ]);
  });

  test('keeps the place of an event that comes again, and has the only one tried again', async () => {
    const { deliver, poison, parkedIds } = await parking();
    poison.add('a1');
    await deliver('a1', 'a');
    await deliver('a2', 'a');
    expect(await deliver('a1', 'a')).toBe('reject');
    expect(await parkedIds()).toEqual(['a1', 'a2']);
    await deliver('b1', 'b');
    poison.add('b2');
    await deliver('b2', 'b');
    poison.clear();
    expect(await deliver('b2', 'b')).toBe('accept');
    expect(await parkedIds()).toEqual(['a1', 'a2']);
  });

  test('has room for 1,000: those behind them wait where they are', async () => {
    const deadLetters = new MemoryDeadLetters();
    const { deliver, log, clock, parkedIds, server } = await parking(deadLetters);
    for (let order = 1; order <= 1_000; order++) {
      const letter = letterOf(`a${order}`, order);
      const envelope = { ...letter.message.envelope, key: 'a' };
      await deadLetters.put({ ...letter, message: { ...letter.message, envelope }, parked: { order } });
    }
    expect(await deliver('late', 'a')).toBeUndefined();
    expect(log.at(-1)).toMatch(
      /cannot park an event of the key 'a' at mail: .*1000 events of the key are parked; it waits/,
    );
    await server.deadLetters.drop({ ids: [letterOf('a1').id] });
    await clock.advance(5_000);
    expect((await parkedIds()).at(-1)).toBe('late');
  });

  test('is asked for once by whoever has become its owner', async () => {
    let asked = 0;
    class Shared extends MemoryDeadLetters {
      async current(): Promise<void> {
        asked++;
        // What the owner before has parked is known only now.
        if (asked === 2) {
          const letter = letterOf('a0');
          const envelope = { ...letter.message.envelope, key: 'a' };
          await this.put({ ...letter, message: { ...letter.message, envelope }, parked: { order: 1 } });
        }
      }
    }
    const { deliver, parkedIds } = await parking(new Shared());
    expect([await deliver('a1', 'a', 5), await deliver('a2', 'a', 5), asked]).toEqual([
      'accept',
      'accept',
      1,
    ]);
    expect([await deliver('a3', 'a', 6), await deliver('a4', 'a', 6), asked]).toEqual([
      'reject',
      'reject',
      2,
    ]);
    expect(await parkedIds()).toEqual(['a0', 'a3', 'a4']);
  });
});

test('what cannot work is refused: another word, a store that parks nothing', async () => {
  const wrong = endpoint(() => undefined, {}, { ordered: true, orderedRetry: { then: 'wait' as never } });
  await expect(wrong).rejects.toThrow(/then of orderedRetry of mail of 'users' is 'wait'/);
  const memory = new MemoryDeadLetters();
  const plain = new Proxy(memory, {
    get: (target, name) => (name === 'parked' ? undefined : (Reflect.get(target, name) as unknown)),
  });
  await expect(endpoint(() => undefined, { deadLetters: plain }, PARKS)).rejects.toThrow(/is to park keys/);
});
