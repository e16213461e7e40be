import { faultPoint } from '@rookery/core';
import { Harness, type ChaosOptions, type CoreServices } from '@rookery/testing';
import { expect, onTestFinished, test } from 'vitest';

/** A database that several processes use, and that survives them; each query is a fault point. */
class Rows {
  readonly #rows = new Map<string, number>();

  get(key: string): Promise<number> {
    return this.#query(`read ${key}`, () => this.#rows.get(key) ?? 0);
  }

  set(key: string, value: number): Promise<void> {
    return this.#query(`write ${key}`, () => void this.#rows.set(key, value));
  }

  /** All at once, or nothing. */
  transaction(work: (rows: Map<string, number>) => void): Promise<void> {
    return this.#query('commit', () => work(this.#rows));
  }

  /** Past all fault points, for the test. */
  peek(key: string): number {
    return this.#rows.get(key) ?? 0;
  }

  async #query<R>(what: string, run: () => R): Promise<R> {
    const held = faultPoint(what);
    if (held) await held;
    return run();
  }
}

let rows: Rows;

function on(
  declare: (parts: Parameters<Extract<CoreServices[string], (...args: never) => unknown>>[0]) => unknown,
) {
  return (): CoreServices => {
    rows = new Rows();
    return { bank: declare };
  };
}

interface Payment {
  readonly id: string;
  readonly amount: number;
}

async function pay(harness: Harness): Promise<void> {
  await harness.publish('paid', { id: 'p1', amount: 10 } satisfies Payment);
  await harness.publish('paid', { id: 'p2', amount: 5 } satisfies Payment);
  await harness.quiescence();
  expect(rows.peek('balance')).toBe(15);
}

/** Not idempotent: what comes again is booked again. */
const booksTwice = on(({ server }) =>
  server.on(['paid'], { endpoint: 'book', concurrency: 1 }, async (payment) => {
    await rows.set('balance', (await rows.get('balance')) + (payment as Payment).amount);
  }),
);

/** Idempotent, but its two effects are two: lost in between, the booking is missing for good. */
const losesUpdates = on(({ server }) =>
  server.on(['paid'], { endpoint: 'book', concurrency: 1 }, async (data) => {
    const { id, amount } = data as Payment;
    if (await rows.get(id)) return;
    await rows.set(id, 1);
    await rows.set('balance', (await rows.get('balance')) + amount);
  }),
);

/** Idempotent, and both effects are one. */
const booksOnce = on(({ server }) =>
  server.on(['paid'], { endpoint: 'book' }, (data) => {
    const { id, amount } = data as Payment;
    return rows.transaction((all) => {
      if (all.has(id)) return;
      all.set(id, 1);
      all.set('balance', (all.get('balance') ?? 0) + amount);
    });
  }),
);

async function failureOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  return error!.message;
}

/** The seed that a failure says to run alone. */
function seedIn(message: string): string {
  return /Run only that with \{ seed: '([^']+)' \}/.exec(message)![1]!;
}

test('finds a handler that is not idempotent, by a repeat', async () => {
  const chaos: ChaosOptions = { crash: false };
  const message = await failureOf(Harness.explore({ seeds: 50, services: booksTwice, chaos }, pay));
  expect(message).toMatch(/^seed \d+ fails: expected (20|25|30|35|40|45) to be 15/);
  expect(message).toMatch(/It takes:\n {2}\d+\. at \d+ ms, .*comes again after \d+ ms\n\n/);
  const again = await failureOf(Harness.explore({ seed: seedIn(message), services: booksTwice, chaos }, pay));
  expect(again).toContain('It took:');
});

test('finds an update that is lost with the process, between two effects', async () => {
  const chaos: ChaosOptions = { repeat: false, delays: false };
  const message = await failureOf(Harness.explore({ seeds: 200, services: losesUpdates, chaos }, pay));
  expect(message).toMatch(/^seed \d+ fails: expected (0|5|10) to be 15/);
  expect(message).toMatch(/It takes:\n.*bank, point (read|write) balance: the process is lost instead\n\n/);
});

test('finds a handler that relies on the order of two events', async () => {
  const services = on(({ server }) => {
    server.on(['opened', 'closed'], { endpoint: 'track' }, (_data, { envelope }) =>
      rows.set('open', envelope.pattern === 'opened' ? 1 : 0),
    );
  });
  const message = await failureOf(
    Harness.explore({ seeds: 50, services, chaos: { crash: false, repeat: false } }, async (harness) => {
      await harness.publish('opened');
      await harness.publish('closed');
      await harness.quiescence();
      expect(rows.peek('open')).toBe(0);
    }),
  );
  expect(message).toMatch(/It takes:\n.* takes \d+ ms\n\n/);
});

test('an ordered endpoint has the events of a key in their order in every run, whatever comes late or again', async () => {
  const handled = new Map<string, number[]>();
  const services = on(({ server }) =>
    server.on(['moved'], { endpoint: 'track', ordered: true }, async (data) => {
      const { key, n } = data as { key: string; n: number };
      await rows.set(`${key} ${n}`, 1);
      handled.set(key, [...(handled.get(key) ?? []), n]);
    }),
  );
  const explored = await Harness.explore(
    { seeds: 100, services, chaos: { crash: false } },
    async (harness) => {
      handled.clear();
      for (let n = 1; n <= 4; n++)
        for (const key of ['a', 'b']) await harness.publish('moved', { key, n }, { key });
      await harness.quiescence();
      for (const order of handled.values()) {
        expect(new Set(order)).toEqual(new Set([1, 2, 3, 4]));
        expect(order).toEqual(order.toSorted());
      }
    },
  );
  expect(explored.decisions).toBeGreaterThan(100);
}, 20_000);

test('finds nothing wrong with a service that is right, and has tried hard', async () => {
  const explored = await Harness.explore({ seeds: 300, services: booksOnce }, pay);
  expect(explored.runs).toBe(300);
  expect(explored.decisions).toBeGreaterThan(600);
  expect(explored.crashes).toBeGreaterThan(50);
}, 20_000);

test('one seed is one run: twenty times the same record and schedule, other seeds others', async () => {
  const run = async (seed: number): Promise<string> => {
    const harness = await Harness.start(booksOnce(), { seed, chaos: {} });
    await harness.publish('paid', { id: 'p1', amount: 10 });
    await harness.publish('paid', { id: 'p2', amount: 5 });
    await harness.quiescence();
    await harness.stop();
    return JSON.stringify([harness.record, harness.schedule, harness.log, harness.now]);
  };
  const runs = new Map<number, Set<string>>();
  for (let time = 0; time < 20; time++) {
    for (let seed = 1; seed <= 10; seed++) runs.set(seed, (runs.get(seed) ?? new Set()).add(await run(seed)));
  }
  expect([...runs.values()].map(({ size }) => size)).toEqual(Array(10).fill(1));
  expect(new Set([...runs.values()].flatMap((set) => [...set])).size).toBe(10);
}, 20_000);

test('a failing seed is run alone by the environment, as printed', async () => {
  const message = await failureOf(Harness.explore({ seeds: 50, services: booksTwice }, pay));
  const seed = /^seed (\d+)/.exec(message)![1]!;
  process.env['ROOKERY_SEED'] = seed;
  onTestFinished(() => void delete process.env['ROOKERY_SEED']);
  const runs: string[] = [];
  const alone = await failureOf(
    Harness.explore({ seeds: 50, services: booksTwice }, async (harness) => {
      runs.push('run');
      await pay(harness);
    }),
  );
  expect(alone.split('\n')[0]).toBe(message.split('\n')[0]);
  expect(alone).toBe(message);
  process.env['ROOKERY_SEED'] = seedIn(message);
  runs.length = 0;
  await failureOf(Harness.explore({ services: booksTwice }, async (harness) => pay(harness)));
});

test('what the promises do not allow does not happen: streams in order, events at least once, calls once', async () => {
  const calls: number[] = [];
  await Harness.explore(
    {
      seeds: 150,
      chaos: { delays: 1_000 },
      services: () => ({
        numbers: ({ server }) =>
          server.handle('count', async function* () {
            for (let value = 0; value < 100; value++) yield value;
          }),
        counter: ({ server }) => server.handle('call', (number) => void calls.push(Number(number))),
        log: ({ server }) => server.on(['happened'], { endpoint: 'log' }, () => undefined),
      }),
    },
    async (harness) => {
      calls.length = 0;
      const values: unknown[] = [];
      await harness.stream('numbers', 'count').then(
        (all) => values.push(...all),
        () => undefined, // the process was lost
      );
      expect(values).toEqual(values.length === 0 ? [] : [...Array(100).keys()]);
      const answers = await Promise.allSettled(
        [1, 2, 3].map((each) => harness.request('counter', 'call', each)),
      );
      const answered = [1, 2, 3].filter((_, index) => answers[index]?.status === 'fulfilled');
      expect(new Set(calls).size).toBe(calls.length);
      expect(calls).toEqual(expect.arrayContaining(answered));
      for (let count = 0; count < 5; count++) await harness.publish('happened', count);
      await harness.quiescence();
      const accepted = harness.handled('happened').filter(({ outcome }) => outcome === 'accepted');
      expect(new Set(accepted.map(({ data }) => data))).toEqual(new Set([0, 1, 2, 3, 4]));
    },
  );
}, 20_000);

test.for<[string, ChaosOptions, RegExp]>([
  ['delays', { delays: false, reorder: false }, /takes/],
  ['repeats', { repeat: false }, /comes again/],
  ['crashes', { crash: false }, /lost/],
  ['crashes of others', { crash: { services: ['nobody'] } }, /lost/],
])('%s can be switched off', async ([, chaos, never]) => {
  const did: string[] = [];
  await Harness.explore({ seeds: 60, services: booksOnce, chaos }, async (harness) => {
    await pay(harness);
    did.push(...harness.schedule.map((decision) => decision.did));
  });
  expect(did.length).toBeGreaterThan(20);
  expect(did.filter((each) => never.test(each))).toEqual([]);
});

test('seeds are numbers, or what was printed', async () => {
  for (const seed of ['x', '1/2/3', '-1'])
    await expect(Harness.start({}, { seed })).rejects.toThrow('the seed is');
  await (await Harness.start({}, { seed: '12/' })).stop();
});
