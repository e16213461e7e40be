import { rejection } from '@rookery/testing';
import { expect, test } from 'vitest';
import { callContext, runInContext } from '../../src/context/ambient.js';
import { EdgeContext } from '../../src/context/edge-context.js';
import { Overloaded, Unavailable } from '../../src/errors/conditions.js';
import { encodeFailure } from '../../src/errors/wire.js';
import { handClient } from '../hand-transport.js';

const DOWN = new Unavailable('down');
const turn = () => new Promise(setImmediate);

test('a listener that throws is heard of by the process, and the call ends as it would', async () => {
  const uncaught: unknown[] = [];
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => void uncaught.push(error.message));
  const { client, transport } = handClient({ retry: false, breaker: { minimum: 1 } });
  client.watch(() => {
    throw new Error('the listener');
  });
  const failed = rejection(client.request('p'));
  let escaped: unknown;
  try {
    transport.calls[0]!.sink.lost(DOWN);
  } catch (error) {
    escaped = error;
  }
  await turn();
  process.removeAllListeners('uncaughtException');
  for (const listener of before) process.on('uncaughtException', listener);
  expect([escaped, client.pending, uncaught]).toEqual([undefined, 0, ['the listener']]);
  expect(await failed).toBe(DOWN);
});

test('an answer that cannot be kept for a fallback is an answer', async () => {
  const { client, transport } = handClient({
    timeout: 1_000,
    fallback: { lastGood: 1_000 },
    policies: [
      {
        name: 'functions',
        async around(_, next) {
          await next();
          return () => 'value';
        },
      },
    ],
  });
  const heard: unknown[] = [];
  const told = {
    next: (value: unknown) => void heard.push(typeof value),
    complete: () => void heard.push('end'),
    error: (error: unknown) => void heard.push(error),
  };
  client.observe('p', 0, {}, told);
  transport.calls[0]!.sink.reply('1', true);
  await turn();
  expect([heard, client.pending]).toEqual([['function', 'end'], 0]);
});

test("compute runs in the caller's context, whoever brings the failure", async () => {
  const { client, transport } = handClient({
    retry: false,
    fallback: { compute: () => callContext()?.correlationId ?? 'none' },
  });
  const context = new EdgeContext({ correlationId: 'order-7' }, { next: () => 0, token: () => 'x' });
  const answer = runInContext(context, () => client.request('p'));
  transport.calls[0]!.sink.lost(DOWN);
  expect(await answer).toBe('order-7');
});

test('a function of the options that throws fails the call with what it threw', async () => {
  for (const options of [
    { fallback: { value: 0, when: () => fails('when') } },
    { breaker: { counts: () => fails('counts') } },
  ]) {
    const { client, transport } = handClient({ retry: false, ...options });
    const failed = rejection(client.request('p'));
    transport.calls[0]!.sink.lost(DOWN);
    expect(client.pending).toBe(0);
    expect(await failed).toMatchObject({ message: expect.stringMatching(/^(when|counts)$/) as string });
  }
});

function fails(why: string): never {
  throw new Error(why);
}

test('an upload that goes on gives a fallback no more time', async () => {
  const { client, transport, clock } = handClient({
    retry: false,
    fallback: { compute: () => new Promise(() => undefined), within: 100 },
  });
  let go: (item: number) => void = () => undefined;
  async function* source() {
    yield await new Promise<number>((resolve) => (go = resolve));
    await new Promise(() => undefined);
  }
  const failed = rejection(client.request('p', source()));
  const [call] = transport.calls;
  call!.sink.upload!.credit(1, 1_000);
  call!.sink.lost(DOWN);
  go(1);
  await turn();
  await clock.advance(110);
  expect(client.pending).toBe(0);
  expect(await failed).toBe(DOWN);
});

test('a request whose upload was left unread is not sent again without it', async () => {
  const { client, transport, clock } = handClient();
  const failed = rejection(client.request('p', (async function* () {})()));
  const { sink } = transport.calls[0]!;
  sink.upload!.stop();
  sink.fail(encodeFailure(new Unavailable('stopping'), false));
  await clock.advance(1_000);
  expect(transport.calls.length).toBe(1);
  expect(await failed).toMatchObject({ code: 'UNAVAILABLE' });
});

test('what one caller does to the value of a fallback, another does not see', async () => {
  const { client, transport } = handClient({ retry: false, fallback: { value: { items: [] } } });
  const ask = async (): Promise<{ items: unknown[] }> => {
    const answer = client.request('p') as Promise<{ items: unknown[] }>;
    transport.calls.at(-1)!.sink.lost(DOWN);
    return answer;
  };
  (await ask()).items.push('mine');
  expect(await ask()).toEqual({ items: [] });
});

test('compute may give what is only like a promise', async () => {
  const then = (resolve: (value: unknown) => void): void => void setImmediate(resolve, 'from the database');
  const { client, transport } = handClient({ retry: false, fallback: { compute: () => ({ then }) } });
  const heard: unknown[] = [];
  const told = {
    next: (value: unknown) => void heard.push(value),
    complete: () => void heard.push('end'),
    error: (error: unknown) => void heard.push(error),
  };
  client.observe('p', 0, {}, told);
  transport.calls[0]!.sink.lost(DOWN);
  await turn();
  await turn();
  expect(heard).toEqual(['from the database', 'end']);
});

test('refusals that come late do not have all calls held back', async () => {
  const { client, transport, clock } = handClient({ retry: false });
  for (let count = 0; count < 3; count++) client.request('p').catch(() => undefined);
  const calls = [...transport.calls];
  await clock.advance(12_000);
  for (const { sink } of calls) sink.fail(encodeFailure(new Overloaded('full'), false));
  client.request('p').catch(() => undefined);
  expect(transport.calls.length).toBe(4);
});

test.each([
  { bulkhead: { limit: NaN } },
  { breaker: { probes: 0 } },
  { breaker: { window: 0 } },
  { breaker: { threshold: 2 } },
  { retry: { attempts: 0 } },
  { retry: { maxDelay: -1 } },
  { throttle: { headroom: 0.9 } },
  { fallback: { within: Infinity, value: 0 } },
])('what cannot work is refused at the start: %j', (policies) => {
  expect(() => handClient(policies)).toThrow(
    expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringContaining("'users'") as string }),
  );
});

test('a call that its caller gives up from within compute ends once', async () => {
  const controller = new AbortController();
  const { client, transport, clock } = handClient({
    retry: false,
    fallback: {
      compute: () => {
        controller.abort();
        return new Promise(() => undefined);
      },
    },
  });
  const failed = rejection(client.request('p', 0, { signal: controller.signal }));
  transport.calls[0]!.sink.lost(DOWN);
  expect(await failed).toMatchObject({ code: 'CANCELLED' });
  await clock.advance(1_010);
  const inFlight = client.describe().find(({ name }) => name === 'bulkhead')?.values['inFlight'];
  expect(inFlight).toMatchObject({ value: 0 });
  expect(clock.timers).toBe(0);
});

test('a stream that fails after a value does not say that nothing was done', async () => {
  const { client, transport } = handClient();
  const stream = client.stream('p');
  const { sink } = transport.calls[0]!;
  sink.reply('1', false);
  sink.fail(encodeFailure(new Unavailable('down'), false));
  expect(await stream.next()).toEqual({ value: 1, done: false });
  expect(await rejection(stream.next())).toMatchObject({
    code: 'UNAVAILABLE',
    recourse: 'unknown',
    message: 'down; the stream had begun',
  });
  expect(transport.calls.length).toBe(1);
});

test('what is said of a breaker belongs to no message', async () => {
  const seen: unknown[] = [];
  const say = (): void => void seen.push(callContext()?.correlationId);
  const logger = { debug: say, info: say, warn: say, error: say };
  const { client, transport } = handClient({ retry: false, breaker: { minimum: 1 }, logger });
  client.watch(say);
  const context = new EdgeContext({ correlationId: 'order-7' }, { next: () => 0, token: () => 'x' });
  await runInContext(context, async () => {
    client.request('p').catch(() => undefined);
    transport.calls[0]!.sink.lost(DOWN);
    await turn();
  });
  expect(seen).toEqual([undefined, undefined]);
});
