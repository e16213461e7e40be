import { memory } from '@rookery/memory';
import { systemRandom } from '@rookery/core';
import { eventually } from '@rookery/testing';
import { expect, test } from 'vitest';
import { connect, type ListedLetter, type ReplayedLetter } from '../src/index.js';
import { letterOf, operated, operating, type Operated } from './operated.js';

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

const messages = (letters: readonly ListedLetter[]) => letters.map(({ messageId }) => messageId);

/** Three replicas with letters at the times that they say. */
async function three(mail?: () => unknown): Promise<Operated[]> {
  const replicas = await Promise.all(['r1', 'r2', 'r3'].map((name) => operated(name, mail ? { mail } : {})));
  for (let at = 0; at < 10; at++)
    await replicas[at % 3]?.deadLetters.put(letterOf(`e${at}`, at, `Error: no user ${at}`));
  return replicas;
}

test('the letters of all replicas are listed together, in pages, and each says where it is', async () => {
  const control = await operating(await three());
  expect(control.asked.map(({ name }) => name).sort()).toEqual(['r1', 'r2', 'r3']);
  expect([control.silent, control.others]).toEqual([[], false]);
  const { deadLetters } = control;
  const first = await deadLetters.list({}, 4);
  expect(messages(first.letters)).toEqual(['e0', 'e1', 'e2', 'e3']);
  expect(first.letters.map(({ on }) => on)).toEqual(['r1', 'r2', 'r3', 'r1']);
  const second = await deadLetters.list({}, 4, first.next);
  expect(messages(second.letters)).toEqual(['e4', 'e5', 'e6', 'e7']);
  const third = await deadLetters.list({}, 4, second.next);
  expect([messages(third.letters), third.next]).toEqual([['e8', 'e9'], undefined]);
  expect(await deadLetters.groups()).toMatchObject([
    { count: 10, cause: 'Error: no user #', firstAt: 0, lastAt: 9 },
  ]);
  expect(messages((await deadLetters.list({ cause: 'user 7' })).letters)).toEqual(['e7']);
});

test('one is shown, edited and dropped wherever it is', async () => {
  const { deadLetters } = await operating(await three());
  const { id } = letterOf('e4', 4);
  expect(await deadLetters.edit(id, '{"name":"Grace"}')).toBe(true);
  expect(await deadLetters.edit('none', '{}')).toBe(false);
  await expect(deadLetters.edit(id, '{')).rejects.toMatchObject({ code: 'NOT_DECODABLE' });
  expect(await deadLetters.get(id)).toMatchObject({
    body: { text: '{"name":"Grace"}' },
    edited: { by: 'operator', original: { text: '{"name":"Ada"}' } },
  });
  expect(await deadLetters.get('none')).toBeUndefined();
  expect(await deadLetters.drop({ filter: { ids: [id, 'none'] } })).toBe(1);
  await expect(deadLetters.drop({})).rejects.toThrow('which letters?');
  expect(await deadLetters.drop({ all: true })).toBe(9);
});

test('a body that is larger than an answer comes whole', async () => {
  const replica = await operated('r1', { tcp: { maxBody: 50_000 } });
  const { deadLetters } = await operating([replica], {}, { maxBody: 50_000 });
  const body = JSON.stringify('"'.repeat(20_000));
  await replica.deadLetters.put(letterOf('small', 1));
  await replica.deadLetters.put(letterOf('large', 2, 'Error: no', body));
  expect((await deadLetters.get(letterOf('large', 2).id))?.body).toEqual({ text: body });
  const exported = await all(deadLetters.export());
  expect(exported.map((letter) => letter.body)).toEqual([{ text: '{"name":"Ada"}' }, { text: body }]);
});

test('all are replayed, on all replicas, and each outcome is told', async () => {
  let handled = 0;
  const replicas = await three(() => void handled++);
  const { deadLetters } = await operating(replicas);
  const outcomes = await all(deadLetters.replay({ all: true }, { rate: 10_000 }));
  expect(outcomes).toHaveLength(10);
  expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['handled']));
  expect(outcomes.find(({ id }) => id === letterOf('e4', 4).id)?.on).toBe('r2');
  expect([handled, (await deadLetters.list()).letters]).toEqual([10, []]);
});

test('a replay that is stopped begins no further letter, and what has not begun is there', async () => {
  const replicas = await three();
  const { deadLetters } = await operating(replicas);
  const stop = new AbortController();
  const outcomes: ReplayedLetter[] = [];
  for await (const outcome of deadLetters.replay({ all: true }, { rate: 3, signal: stop.signal })) {
    outcomes.push(outcome);
    if (outcomes.length === 3) stop.abort();
  }
  expect(outcomes).toHaveLength(3);
  expect((await deadLetters.list()).letters).toHaveLength(7);
});

test('who loses its connection while it replays has no further letter begun either', async () => {
  let handled = 0;
  const replica = await operated('r1', { mail: () => void handled++ });
  for (let at = 0; at < 50; at++) await replica.deadLetters.put(letterOf(`e${at}`, at));
  const control = await operating([replica]);
  const replay = control.deadLetters.replay({ all: true }, { rate: 50 });
  await replay.next();
  await control.close();
  await eventually(() => expect(replica.server.inFlight).toBe(0));
  const left = replica.deadLetters.size;
  expect(left).toBeGreaterThan(0);
  expect(left).toBe(50 - handled);
});

test('addresses at which nobody answers are told', async () => {
  const [replica] = await three();
  const gone = await operated('r9');
  await gone.server.close();
  const control = await operating([replica!, gone]);
  expect(control.silent).toEqual([{ address: gone.url, state: 'pausing' }]);
  expect((await control.deadLetters.list()).letters).toHaveLength(4);
});

test('on a medium that does not say which replicas there are those are asked that are met, and that is told', async () => {
  const transport = memory({ bus: systemRandom.token(12) });
  for (const [at, name] of ['r1', 'r2', 'r3'].entries())
    await (await operated(name, {}, transport)).deadLetters.put(letterOf(`e${at}`, at));
  const control = await connect({ service: 'users', transport });
  try {
    expect([control.asked.map(({ name }) => name).sort(), control.others]).toEqual([
      ['r1', 'r2', 'r3'],
      true,
    ]);
    expect(messages((await control.deadLetters.list()).letters)).toEqual(['e0', 'e1', 'e2']);
    expect(await all(control.deadLetters.replay({ all: true }))).toHaveLength(3);
  } finally {
    await control.close();
  }
});
