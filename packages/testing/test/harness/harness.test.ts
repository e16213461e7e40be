import { readFile } from 'node:fs/promises';
import { currentContext } from '@rookery/core';
import { aborted, Harness, type CoreServices, type HarnessOptions } from '@rookery/testing';
import { expect, onTestFinished, test } from 'vitest';

async function start(services: CoreServices, options?: HarnessOptions): Promise<Harness> {
  const harness = await Harness.start(services, options);
  onTestFinished(() => harness.stop());
  return harness;
}

/** Answers `ping`, and handles `user.created` by calling `users`. */
const CHAIN: CoreServices = {
  users: ({ server, client }) => {
    server.handle('user.create', async (name) => {
      await client.publish('user.created', { name });
      return 7;
    });
    server.handle('user.name', () => 'Ada');
  },
  mail: ({ server, client }) =>
    server.on(['user.*'], { endpoint: 'welcome' }, () =>
      client.request('user.name', 7, { to: 'users' }).then(() => undefined),
    ),
};

test('what is published is handled, with all that follows from it, in no time', async () => {
  const harness = await start(CHAIN);
  expect(await harness.request('users', 'user.create', 'Ada')).toBe(7);
  await harness.quiescence();
  expect(harness.handled('user.created')).toMatchObject([
    { service: 'mail', endpoint: 'welcome', attempt: 1, outcome: 'accepted', data: { name: 'Ada' }, at: 0 },
  ]);
  expect(harness.sent().map(({ service, kind, pattern, to }) => [service, kind, pattern, to])).toEqual([
    ['test', 'request', 'user.create', 'users'],
    ['users', 'event', 'user.created', undefined],
    ['mail', 'request', 'user.name', 'users'],
  ]);
  const [first, ...others] = harness.sent();
  expect(others.map(({ correlationId }) => correlationId)).toEqual([first!.id, first!.id]);
  expect(harness.replied('user.name')).toMatchObject([{ service: 'mail', to: 'users', answer: 'Ada' }]);
  expect([harness.now, harness.inFlight]).toEqual([0, []]);
});

test('the record is plain data, and the same for the same seed', async () => {
  const records: unknown[] = [];
  for (const seed of [1, 1, 2]) {
    const harness = await start(CHAIN, { seed });
    await harness.request('users', 'user.create', 'Ada');
    await harness.quiescence();
    records.push(JSON.parse(JSON.stringify(harness.record)));
  }
  expect(records[1]).toEqual(records[0]);
  expect(records[2]).not.toEqual(records[0]);
});

test('patterns may have wildcards', async () => {
  const harness = await start(CHAIN);
  await harness.request('users', 'user.create', 'Ada');
  await harness.quiescence();
  expect(harness.sent('user.*')).toHaveLength(3);
  expect(harness.handled('user.name')).toMatchObject([{ kind: 'request', outcome: 'answered' }]);
  expect(harness.handled('nothing')).toEqual([]);
});

test('quiescence goes over retries, up to the dead letters', async () => {
  const harness = await start({
    mail: ({ server }) =>
      server.on(['user.created'], { endpoint: 'welcome' }, () => {
        throw new TypeError('no mail');
      }),
  });
  await harness.publish('user.created', 1);
  await harness.quiescence();
  expect(harness.retried().map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  expect(harness.deadLetters('user.created')).toMatchObject([{ attempt: 5, error: 'TypeError: no mail' }]);
  expect(harness.now).toBeGreaterThan(4_000);
  expect(harness.log.some((line) => line.includes('it is the dead letter'))).toBe(true);
});

test('quiescence goes over delays, and only as far as messages wait', async () => {
  const harness = await start({
    jobs: ({ server, clock }) => {
      server.on(['job'], { endpoint: 'job' }, () => undefined);
      const tick = (): void => void clock.after(1_000, tick); // what nobody waits for
      tick();
    },
  });
  await harness.publish('job', 1, { delay: 1_800_000 });
  await harness.quiescence();
  expect(harness.handled('job')).toMatchObject([{ at: 1_800_000 }]);
  expect(harness.now).toBeLessThan(1_801_000);
});

test('advance lets time pass, with what is due in it', async () => {
  const rings: number[] = [];
  const harness = await start({
    jobs: ({ clock }) => {
      const tick = (): void => {
        rings.push(clock.now());
        clock.after(1_000, tick);
      };
      tick();
    },
  });
  await harness.advance(2_500);
  expect([rings, harness.now]).toEqual([[0, 1_000, 2_000], 2_500]);
  await harness.advance(499);
  expect(rings).toHaveLength(3);
});

test('a handler that hangs costs its caller the deadline, in virtual time', async () => {
  const harness = await start(
    {
      slow: ({ server }) =>
        server.handle('hang', async (_data, context) => {
          await aborted(context.signal);
          context.throwIfCancelled();
        }),
    },
    { patience: 20 },
  );
  await expect(harness.request('slow', 'hang', 1, { timeout: 20_000 })).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
  expect(harness.now).toBeGreaterThanOrEqual(20_000);
  expect(harness.now).toBeLessThan(20_020);
  await harness.quiescence();
  expect(harness.handled('hang')).toMatchObject([{ outcome: 'cancelled' }]);
});

test('time waits for what is real: a file, a database', async () => {
  const harness = await start({
    files: ({ server }) =>
      server.handle('read', async () => {
        let length = 0;
        for (let count = 0; count < 5; count++)
          length += (await readFile(import.meta.filename, 'utf8')).length;
        return length > 0;
      }),
  });
  expect(await harness.request('files', 'read', 1, { timeout: 1 })).toBe(true);
  expect(harness.now).toBe(0);
});

test('requests that wait for their turn are not taken for something real', async () => {
  const started: number[] = [];
  const harness = await start({
    queue: {
      server: { requests: { concurrency: 1 } },
      declare: ({ server, clock }) =>
        server.handle('job', async (job) => {
          started.push(Number(job));
          await new Promise<void>((resolve) => void clock.after(100, resolve));
        }),
    },
  });
  const answers = Promise.all([1, 2, 3].map((job) => harness.request('queue', 'job', job)));
  await harness.quiescence({ wall: 400 }); // less than the patience that something real is waited for with
  await answers;
  expect([started, harness.now]).toEqual([[1, 2, 3], 300]);
});

test('nor are events that do', async () => {
  const started: number[] = [];
  const harness = await start({
    queue: {
      server: { concurrency: 1 },
      declare: ({ server, clock }) =>
        server.on(['job'], { endpoint: 'job' }, async (job) => {
          started.push(Number(job));
          await new Promise<void>((resolve) => void clock.after(1_000, resolve));
        }),
    },
  });
  for (const job of [1, 2, 3]) await harness.publish('job', job);
  await harness.quiescence({ wall: 400 }); // less than the patience that something real is waited for with
  expect([started, harness.now]).toEqual([[1, 2, 3], 3_000]);
});

test('what never becomes quiet is an error that says what is in flight', async () => {
  const harness = await start(
    {
      mail: ({ server }) =>
        server.on(['user.created'], { endpoint: 'welcome' }, () => new Promise(() => undefined)),
      other: {
        declare: ({ server }) =>
          server.on(['user.created'], { endpoint: 'poison' }, () => {
            throw new Error('never');
          }),
        server: { retries: { attempts: 1_000, firstDelay: 1_000, factor: 1, maxDelay: 1_000 } },
      },
    },
    { patience: 10 },
  );
  await harness.publish('user.created', 1);
  const failure = await harness.quiescence({ within: 60_000 }).catch((error: Error) => error.message);
  expect(failure).toMatch(/^not quiet by 60000 ms of virtual time; in flight:\n/);
  expect(failure).toMatch("event user.created (welcome, attempt 1) in 'mail', being handled");
  expect(failure).toMatch(/event user\.created \(poison, attempt \d+\) of 'other', comes again at \d+ ms/);
});

test('two services that call each other for ever are stopped by the clock on the wall', async () => {
  const echo =
    (from: string, to: string): CoreServices[string] =>
    ({ server, client }) =>
      server.on([from], { endpoint: from }, async () => void (await client.publish(to, 1)));
  const harness = await start({ ping: echo('ping', 'pong'), pong: echo('pong', 'ping') });
  await harness.publish('ping', 1);
  await expect(harness.quiescence({ wall: 50 })).rejects.toThrow(
    'not quiet within 50 ms by the clock on the wall; in flight:',
  );
});

test('values of a stream come in their order', async () => {
  const harness = await start({
    numbers: ({ server }) =>
      server.handle('count', async function* (to) {
        for (let value = 0; value < Number(to); value++) yield value;
      }),
  });
  expect(await harness.stream('numbers', 'count', 200)).toEqual([...Array(200).keys()]);
  expect(harness.replied('count')).toMatchObject([{ outcome: 'answered', values: 200 }]);
});

test('errors are recorded where they are seen', async () => {
  const harness = await start({
    users: ({ server }) => {
      server.handle('fail', () => {
        throw new RangeError('no such user');
      });
    },
  });
  await expect(harness.request('users', 'fail', 1)).rejects.toThrow('no such user');
  await expect(harness.request('users', 'unknown', 1)).rejects.toMatchObject({ code: 'NO_HANDLER' });
  const error = 'RangeError: no such user';
  expect(harness.handled('fail')).toMatchObject([{ outcome: 'failed', error }]);
  expect(harness.replied('fail')).toMatchObject([{ service: 'test', outcome: 'failed', error }]);
});

test('a process that is killed has no further effect, and another one takes its place', async () => {
  const effects: string[] = [];
  let processes = 0;
  const services: CoreServices = {
    users: ({ server }) => void server.handle('slow', () => new Promise(() => undefined)),
    mail: ({ server, client }) => {
      const process = ++processes;
      server.on(['user.created'], { endpoint: 'welcome' }, async () => {
        effects.push(`begun by ${process}`);
        if (process === 1)
          await client.request('slow', 1, { to: 'users' }).catch(() => effects.push('woken'));
        effects.push(`ended by ${process}`);
      });
    },
  };
  const harness = await start(services, { patience: 10 });
  await harness.publish('user.created', 1);
  await harness.advance(0);
  harness.kill('mail');
  await harness.quiescence();
  expect(effects).toEqual(['begun by 1', 'begun by 2', 'ended by 2']);
  expect(harness.handled('user.created').map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
    [1, 'lost'],
    [2, 'accepted'],
  ]);
  expect(harness.crashed).toMatchObject([{ service: 'mail' }]);
  await harness.advance(60_000); // its deadlines and timers are gone with it
  expect(effects).toHaveLength(3);
});

test('a caller whose callee is killed hears of it', async () => {
  const slow: CoreServices[string] = ({ server }) =>
    server.handle('hang', () => new Promise(() => undefined));
  const harness = await start({ slow }, { patience: 10 });
  const answer = harness.request('slow', 'hang', 1).catch((error: unknown) => error);
  const killed = harness.run(async () => {
    await harness.advance(10);
    harness.kill('slow');
  });
  expect(await answer).toMatchObject({ code: 'CONNECTION_LOST', recourse: 'unknown' });
  await killed;
});

test('replicas share the work', async () => {
  let processes = 0;
  const harness = await start({
    users: {
      replicas: 2,
      declare: ({ server }) => {
        const process = ++processes;
        server.handle('who', () => process);
      },
    },
  });
  const answers = [await harness.request('users', 'who'), await harness.request('users', 'who')];
  expect(answers.sort()).toEqual([1, 2]);
});

test('the test may run code of a service, and finds no context of a message there', async () => {
  const harness = await start(CHAIN);
  expect(await harness.run(() => currentContext(), { as: 'users' })).toBeUndefined();
  await expect(harness.run(() => 1, { as: 'nobody' })).rejects.toThrow(
    "the harness has no service 'nobody'; it has 'users', 'mail'",
  );
});

test('a service that was killed cannot be used before it is there again', async () => {
  const harness = await start(CHAIN);
  harness.kill('users');
  await expect(harness.run(() => 1, { as: 'users' })).rejects.toThrow("'users' was lost");
  await harness.quiescence();
  expect(await harness.run(() => 1, { as: 'users' })).toBe(1);
});

test('a service that cannot start again fails whatever the test does next', async () => {
  let starts = 0;
  const harness = await start({
    users: () => {
      if (++starts > 1) throw new Error('no database');
    },
  });
  harness.kill('users');
  await expect(harness.quiescence()).rejects.toThrow('no database');
});

test('a service that cannot start says so', async () => {
  const broken = Harness.start({
    users: () => {
      throw new Error('no database');
    },
  });
  await expect(broken).rejects.toThrow('no database');
});
