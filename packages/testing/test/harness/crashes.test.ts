import { faultPoint } from '@rookery/core';
import { Harness, type CoreServices, type Decision } from '@rookery/testing';
import { expect, test } from 'vitest';

/** Effects in the order in which they were done, by whatever process. */
let effects: string[];

/** One of each that a process can be lost at. */
const services = (): CoreServices => {
  effects = [];
  return {
    shop: ({ server, client }) => {
      server.handle('buy', async (id) => {
        effects.push('begun');
        const held = faultPoint('commit');
        if (held) await held;
        effects.push('committed');
        await client.publish('bought', id);
        effects.push('published');
        return id;
      });
      server.on(['bought'], { endpoint: 'bill' }, async (id) => {
        effects.push('billing');
        await client.request('pay', id, { to: 'bank' });
        effects.push('paid');
      });
    },
    bank: ({ server }) => {
      server.handle('pay', () => void effects.push('booked'));
      server.handle('import', async (items) => {
        let sum = 0;
        for await (const item of items as AsyncIterable<number>) sum += item;
        return sum;
      });
    },
  };
};

/** What became of a run in which a process was lost once, by where that was. */
async function lostOnce(): Promise<Map<string, { effects: string[]; answered: boolean; harness: Harness }>> {
  const found = new Map<string, { effects: string[]; answered: boolean; harness: Harness }>();
  const chaos = {
    delays: false,
    reorder: false,
    repeat: false,
    crash: { most: 1, services: ['shop'] },
  } as const;
  await Harness.explore({ seeds: 127, services, chaos }, async (harness) => {
    const answered = await harness.request('shop', 'buy', 1).then(
      () => true,
      () => false,
    );
    await harness.quiescence();
    const [decision] = harness.schedule;
    if (decision) found.set(where(decision), { effects: [...effects], answered, harness });
  });
  return found;
}

function where({ place, what, did }: Decision): string {
  return `${place} ${what}: ${did.replace('the process is lost ', '')}`;
}

const BILLED = ['billing', 'booked', 'paid'];

test('a process can be lost at each of its steps, and is cut off exactly there', async () => {
  const found = await lostOnce();
  const outcomes = Object.fromEntries(
    [...found].map(([at, run]) => [at, [...run.effects, run.answered ? 'answered' : 'failed'].join(' ')]),
  );
  expect(outcomes).toEqual({
    'handle buy: instead': 'failed',
    'point commit: instead': 'begun failed',
    'publish bought: instead': 'begun committed failed',
    'publish bought: right after': 'begun committed billing booked paid failed',
    'reply buy: instead': `begun committed published ${BILLED.join(' ')} failed`,
    'reply buy: right after': `begun committed published ${BILLED.join(' ')} answered`,
    'handle event bought (bill, attempt 1): instead': expect.stringMatching(
      /billing booked paid (answered|failed)$/,
    ),
    'request pay to bank: instead': expect.stringMatching(/billing billing booked paid (answered|failed)$/),
    'request pay to bank: right after': expect.stringMatching(
      /billing (booked )?billing booked paid (answered|failed)$/,
    ),
    'settle event bought (bill, attempt 1): instead': expect.stringMatching(
      /paid billing booked paid (answered|failed)$/,
    ),
    'settle event bought (bill, attempt 1): right after': expect.stringMatching(
      /billing booked paid (answered|failed)$/,
    ),
  });
}, 20_000);

test('the callers of a process that is lost hear of it, and what it was asked is not done again', async () => {
  const { harness } = (await lostOnce()).get('point commit: instead')!;
  expect(harness.replied('buy')).toMatchObject([
    { outcome: 'failed', error: expect.stringMatching(/^ConnectionLost: /) },
  ]);
  expect(harness.handled('buy')).toMatchObject([{ outcome: 'lost' }]);
  expect(harness.crashed).toHaveLength(1);
}, 20_000);

test('uploads pass, and break off where a process is lost', async () => {
  const items = async function* () {
    for (let item = 1; item <= 100; item++) yield item;
  };
  const calm = await Harness.start(services());
  expect(await calm.request('bank', 'import', items())).toBe(5_050);
  await calm.quiescence();
  await calm.stop();
  let lost = 0;
  await Harness.explore({ seeds: 100, services }, async (harness) => {
    const sum = await harness.request('bank', 'import', items()).catch((error: unknown) => error);
    if (typeof sum === 'number') expect(sum).toBe(5_050);
    else lost++;
    await harness.quiescence();
  });
  expect(lost).toBeGreaterThan(5);
}, 20_000);
