import { turn } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Unrecoverable } from '../../src/errors/conditions.js';
import type { EndpointEvent } from '../../src/recoverability/kill-switch-event.js';
import { recordedMetrics } from '../recorded-telemetry.js';
import { endpoint, RETRIES } from './deliveries.js';

const SWITCH = { minimum: 4, threshold: 0.5, window: 10_000, pause: 1_000, maxPause: 3_000 };

/** An endpoint whose handler fails while `broken` is set. */
async function database(options = {}) {
  const state = { broken: true as boolean | Error, handled: 0 };
  const all = await endpoint(
    () => {
      state.handled++;
      if (state.broken) throw state.broken === true ? new Error('no database') : state.broken;
    },
    { retries: RETRIES, killSwitch: SWITCH, ...options },
  );
  return { ...all, state };
}

const uncounted = (after: number) => ({
  outcome: 'retry',
  after,
  uncounted: true,
  reason: 'Error: no database',
});

test('it pauses when the share is reached; what fails from then on does not count, last tries neither', async () => {
  const { deliver, transport, stateOf, log, deadLetters } = await database();
  for (let n = 0; n < 3; n++) expect(await deliver()).toMatchObject({ outcome: 'retry', after: 100 });
  expect([stateOf(), transport.flow]).toEqual(['running', []]);
  // 1,000 ms to the probe, and up to a pause more
  expect(await deliver(3)).toEqual(uncounted(2_000));
  expect([stateOf(), transport.flow]).toEqual(['paused', [['mail', 0]]]);
  expect(await deadLetters.list()).toEqual([]);
  expect(log.filter((line) => line.includes('takes'))).toEqual([
    "warn: 'users' takes no events for mail for 1000 ms: of its last 4 tries or more, at least 50 % have failed, at last with Error: no database; then it tries one",
  ]);
  expect(log.at(-1)).toContain('(try 3 of 3, which does not count, next in 2000 ms)');
});

test('a share that is too small does not pause it', async () => {
  const { deliver, state, stateOf } = await database();
  for (let n = 0; n < 30; n++) {
    state.broken = n % 3 === 2;
    await deliver();
  }
  expect(stateOf()).toBe('running');
});

test('failures that are further apart than the window do not add up', async () => {
  const { deliver, clock, stateOf } = await database();
  for (let n = 0; n < 10; n++) {
    await deliver();
    await clock.advance(4_000);
  }
  expect(stateOf()).toBe('running');
});

test('what comes while it is paused is given back unseen; the probe decides', async () => {
  const { deliver, clock, transport, state, stateOf } = await database();
  for (let n = 0; n < 4; n++) await deliver();
  expect(await deliver()).toEqual({ outcome: 'retry', after: 2_000, uncounted: true });
  expect(state.handled).toBe(4);
  await clock.advance(999);
  expect(transport.flow).toEqual([['mail', 0]]);
  await clock.advance(1);
  expect(transport.flow.at(-1)).toEqual(['mail', 1]);
  // It fails, and the next pause is twice as long, up to the longest.
  for (const pause of [2_000, 3_000, 3_000]) {
    expect(await deliver(3)).toEqual(uncounted(pause + 1_000));
    expect([stateOf(), transport.flow.at(-1)]).toEqual(['paused', ['mail', 0]]);
    await clock.advance(pause);
    expect(transport.flow.at(-1)).toEqual(['mail', 1]);
  }
  state.broken = false;
  expect(await deliver()).toEqual({ outcome: 'accept' });
  expect([stateOf(), transport.flow.at(-1)]).toEqual(['running', ['mail', Infinity]]);
  // It begins anew.
  state.broken = true;
  for (let n = 0; n < 3; n++) expect(await deliver()).toMatchObject({ after: 100 });
  expect(await deliver()).toEqual(uncounted(2_000));
});

test('while a probe is under way nothing else is tried', async () => {
  const gate = Promise.withResolvers<void>();
  let waits = false;
  const { deliver, clock, stateOf, server } = await endpoint(
    () => {
      if (waits) return gate.promise;
      throw new Error('x');
    },
    { killSwitch: SWITCH, retries: RETRIES },
  );
  for (let n = 0; n < 4; n++) await deliver();
  await clock.advance(1_000);
  waits = true;
  expect(await deliver()).toBeUndefined();
  expect(stateOf()).toBe('probing');
  expect(await deliver()).toMatchObject({ uncounted: true });
  expect(server.inFlight).toBe(1);
  gate.resolve();
});

test('what began before it paused and fails after it goes on does not count either', async () => {
  const gate = Promise.withResolvers<void>();
  let slow = false;
  let broken = true;
  const { begin, deliver, clock, stateOf } = await endpoint(
    async () => {
      const fails = broken;
      if (slow) await gate.promise;
      if (fails) throw new Error('no database');
    },
    { killSwitch: SWITCH, retries: RETRIES },
  );
  slow = true;
  const settlements = await begin(3);
  slow = false;
  for (let n = 0; n < 4; n++) await deliver();
  await clock.advance(1_000);
  broken = false;
  expect(await deliver()).toEqual({ outcome: 'accept' });
  expect([stateOf(), settlements]).toEqual(['running', []]);
  gate.resolve();
  await turn();
  expect(settlements).toEqual([uncounted(1_000)]);
});

test('what is given up at once says nothing of the endpoint, and another probe is asked for', async () => {
  const { deliver, clock, transport, state, stateOf, deadLetters } = await database();
  state.broken = new Unrecoverable('bad order');
  for (let n = 0; n < 30; n++) expect(await deliver()).toMatchObject({ outcome: 'reject' });
  for (let n = 0; n < 30; n++) expect(await deliver(1, '{')).toMatchObject({ outcome: 'reject' });
  expect(stateOf()).toBe('running');
  state.broken = true;
  for (let n = 0; n < 4; n++) await deliver();
  expect(stateOf()).toBe('paused');
  await clock.advance(1_000);
  state.broken = new Unrecoverable('bad order');
  expect(await deliver()).toMatchObject({ outcome: 'reject' });
  expect(stateOf()).toBe('probing');
  expect(transport.flow.slice(-2)).toEqual([
    ['mail', 1],
    ['mail', 1],
  ]);
  state.broken = false;
  expect(await deliver()).toEqual({ outcome: 'accept' });
  expect(stateOf()).toBe('running');
  expect(await deadLetters.list()).toHaveLength(61);
});

test('those who watch the server hear of it, until they do not', async () => {
  const { deliver, clock, server, state } = await database();
  const heard: EndpointEvent[] = [];
  const unwatch = server.watch((event) => heard.push(event));
  for (let n = 0; n < 4; n++) await deliver();
  await clock.advance(1_000);
  state.broken = false;
  await deliver();
  const who = { type: 'kill-switch', service: 'users', endpoint: 'mail' };
  expect(heard).toEqual([
    { ...who, state: 'paused', previous: 'running', cause: new Error('no database') },
    { ...who, state: 'probing', previous: 'paused' },
    { ...who, state: 'running', previous: 'probing' },
  ]);
  unwatch();
  state.broken = true;
  for (let n = 0; n < 4; n++) await deliver();
  expect(heard).toHaveLength(3);
});

test('a server that stops probes no more', async () => {
  const { deliver, clock, transport, server } = await database();
  for (let n = 0; n < 4; n++) await deliver();
  expect(clock.timers).toBe(1);
  await server.drain();
  expect(clock.timers).toBe(0);
  await clock.advance(10_000);
  expect(transport.flow).toEqual([['mail', 0]]);
});

test('without it, what fails is given up after its last try', async () => {
  const { deliver, stateOf, server } = await database({ killSwitch: false });
  for (let n = 0; n < 50; n++) expect(await deliver(3)).toMatchObject({ outcome: 'reject' });
  expect(stateOf()).toBe('running');
  const [described] = server.describe().events;
  expect(described!.policies.map(({ name }) => name)).toEqual(['retries', 'concurrency']);
});

test('a metric says how many endpoints are paused', async () => {
  const metrics = recordedMetrics();
  const { deliver, clock, state } = await database({ telemetry: metrics });
  const paused = async () =>
    (await metrics.points('rookery.server.paused_endpoints')).map(({ value }) => value);
  for (let n = 0; n < 4; n++) await deliver();
  expect(await metrics.points('rookery.server.paused_endpoints')).toEqual([
    {
      attributes: {
        'messaging.system.name': 'rookery',
        'messaging.consumer.group.name': 'users',
        'messaging.destination.subscription.name': 'mail',
      },
      value: 1,
    },
  ]);
  await clock.advance(1_000);
  await deliver();
  expect(await paused()).toEqual([1]);
  await clock.advance(2_000);
  state.broken = false;
  await deliver();
  expect(await paused()).toEqual([0]);
});

test('a probe that comes before the timer that asks for one leaves no timer behind', async () => {
  const { deliver, transport, state, stateOf, clock } = await database();
  for (let n = 0; n < 4; n++) await deliver();
  expect(stateOf()).toBe('paused');
  clock.stall(1_000); // a held lane goes on, as late as the timer
  state.broken = false;
  expect(await deliver()).toEqual({ outcome: 'accept' });
  expect(stateOf()).toBe('running');
  const flow = transport.flow.length;
  await clock.advance(10_000);
  expect(transport.flow.slice(flow)).toEqual([]);
});

test('while no probe has begun, because what came waits behind others, it asks again', async () => {
  const { deliver, transport, clock } = await database();
  for (let n = 0; n < 4; n++) await deliver();
  await clock.advance(3_500);
  expect(transport.flow).toEqual([
    ['mail', 0],
    ['mail', 1],
    ['mail', 1],
    ['mail', 1],
  ]);
});

test('a probe that hangs does not keep it paused: after maxPause another one is tried', async () => {
  let hangs = false;
  let broken = true;
  const { deliver, clock, stateOf } = await endpoint(
    async () => {
      if (hangs) await new Promise(() => undefined);
      if (broken) throw new Error('no database');
    },
    { retries: RETRIES, killSwitch: SWITCH },
  );
  for (let n = 0; n < 4; n++) await deliver();
  expect(stateOf()).toBe('paused');
  await clock.advance(1_000);
  hangs = true;
  void deliver();
  await turn();
  expect(stateOf()).toBe('probing');
  hangs = false;
  broken = false;
  expect(await deliver()).toMatchObject({ outcome: 'retry', uncounted: true });
  await clock.advance(4_000);
  expect(await deliver()).toMatchObject({ outcome: 'accept' });
  expect(stateOf()).toBe('running');
});
