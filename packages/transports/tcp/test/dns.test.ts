import type { Socket } from 'node:net';
import { eventually, freePorts, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { systemLookup } from '../src/client/replicas/lookup.js';
import { connectionsTo } from '../src/client/replicas/place.js';
import { Names, serveAt, statesOf } from './names.js';
import { ask, party, serve, type PartyOptions } from './parties.js';

const [A, B, C] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const;
const NAME = 'math.test';

/** A caller of `math` by its name. */
async function caller(names: Names, options: PartyOptions = {}) {
  const [port = 0] = await freePorts(1);
  const services = { math: `tcp://${NAME}:${port}` };
  const made = party('caller', {
    services,
    ...options,
    resolve: { lookup: names.lookup, ...options.resolve },
  });
  const ready = (count: number) =>
    eventually(() => statesOf(made).filter((state) => state === 'ready').length === count);
  return { ...made, port, ready };
}

describe('a host name', () => {
  test('stands for all its addresses, which are looked up again while the service is used', async () => {
    const clock = new VirtualClock();
    const names = new Names(A, B);
    const { transport, port, ready, log } = await caller(names, { clock, heartbeat: 1e9 });
    const [, b] = await Promise.all([serveAt(A, port), serveAt(B, port, { hold: true })]);
    await transport.reach({ service: 'math' });
    await ready(2);
    expect(names.asked).toStrictEqual([NAME]);

    const target = { service: 'math' };
    const slow = ask(transport, 'math', 'slow');
    const others = Array.from({ length: 3 }, () => ask(transport, 'math', 'x'));
    await eventually(() => b.calls.length === 2);
    expect(names.asked).toHaveLength(2); // the use begins
    const c = await serveAt(C, port);
    names.answer = [A, C, A];
    await clock.advance(4_999);
    expect(names.asked).toHaveLength(2);
    await clock.advance(1);
    await ready(2);
    expect(names.asked).toHaveLength(3);

    // The one that is gone gets nothing new, finishes what it has, and is closed then.
    await eventually(() => statesOf({ transport }).includes('draining'));
    const fresh = await Promise.all(Array.from({ length: 20 }, () => ask(transport, 'math', 'new')));
    expect(new Set(fresh)).toStrictEqual(new Set([`new at ${A}`, `new at ${C}`]));
    expect(c.calls.length).toBeGreaterThan(0);
    expect(b.calls).toHaveLength(2);
    for (const answer of b.calls) answer();
    expect(await Promise.all([slow, ...others])).toHaveLength(4);
    await eventually(() => statesOf({ transport }).length === 2);
    expect(log.about('is not an address of it any more')).toHaveLength(1);
    expect(log.about('(127.0.0.2)').length).toBeGreaterThan(0);
    await transport.reach(target);
  });

  test('is left alone when the service is not used: no timers are left', async () => {
    const clock = new VirtualClock();
    const names = new Names(A);
    const { transport, port } = await caller(names, { clock, heartbeat: 1e9 });
    await serveAt(A, port);
    expect(await ask(transport, 'math', 'x')).toBe(`x at ${A}`);
    const asked = names.asked.length;
    await clock.advance(2_000);
    await ask(transport, 'math', 'x');
    await clock.advance(3_000);
    expect(names.asked).toHaveLength(asked + 1); // used in the interval that has passed
    await clock.advance(5_000);
    expect(clock.timers).toBe(1); // the heartbeat
    await clock.advance(60_000);
    expect(names.asked).toHaveLength(asked + 1);
    expect(await ask(transport, 'math', 'x')).toBe(`x at ${A}`);
    expect(names.asked).toHaveLength(asked + 2);
  });

  test('is looked up at once when a connection fails', async () => {
    const clock = new VirtualClock();
    const names = new Names(A);
    const { transport, port } = await caller(names, { clock, heartbeat: 1e9 });
    await serveAt(A, port);
    expect(await ask(transport, 'math', 'x')).toBe(`x at ${A}`);
    await serveAt(B, port);
    names.answer = [B];
    for (const socket of transport.unwrap() as Socket[]) socket.destroy();
    await eventually(() => transport.describe().replicas?.['math']?.[0]?.replica === `at ${B}`);
    expect(await ask(transport, 'math', 'x')).toBe(`x at ${B}`);
    expect(clock.now()).toBe(0);
  });

  test('keeps its addresses when there is no answer, and says so once', async () => {
    const clock = new VirtualClock();
    const names = new Names(A);
    const { transport, port, log } = await caller(names, { clock, heartbeat: 1e9 });
    await serveAt(A, port);
    const use = async () => {
      expect(await ask(transport, 'math', 'x')).toBe(`x at ${A}`);
      await clock.advance(5_000);
    };
    await use();
    names.answer = new Error('no answer');
    await use();
    await use();
    names.answer = [];
    await use();
    expect(log.about('the addresses from before are kept')).toHaveLength(1);
    names.answer = [A];
    await use();
    expect(log.about('was looked up again')).toHaveLength(1);
    expect(statesOf({ transport })).toStrictEqual(['ready']);
  });

  test('that is not known yet lets calls wait, and is looked up until it is', async () => {
    const names = new Names();
    const { transport, port } = await caller(names);
    names.answer = new Error('not yet');
    const waiting = ask(transport, 'math', 'x');
    await eventually(() => names.asked.length > 3);
    expect(transport.state).toMatchObject({
      status: 'connecting',
      cause: { code: 'ADDRESS_UNUSABLE', message: `cannot reach 'math' at tcp://${NAME}:${port}: not yet` },
    });
    await serveAt(A, port);
    names.answer = [A];
    expect(await waiting).toBe(`x at ${A}`);
    expect(transport.state).toStrictEqual({ status: 'ready' });
  });

  test('of this machine, and an IP address, are not looked up', async () => {
    const names = new Names();
    const server = await serve('math');
    for (const host of ['127.0.0.1', 'localhost']) {
      const services = { math: `tcp://${host}:${server.port}` };
      const { transport } = party('caller', { services, resolve: { lookup: names.lookup } });
      expect(await ask(transport, 'math', 'x')).toBe('x');
    }
    expect(names.asked).toStrictEqual([]);
  });

  test('is looked up by the machine, which knows /etc/hosts, unless told otherwise', async () => {
    const addresses = await systemLookup('localhost');
    expect(addresses.some((address) => address === '127.0.0.1' || address === '::1')).toBe(true);
  });

  test('with one address beyond this machine gets several connections, unless a number is said', () => {
    expect(connectionsTo(new Set(['10.0.0.1']), undefined)).toBe(3);
    expect(connectionsTo(new Set(['127.0.0.1']), undefined)).toBe(1);
    expect(connectionsTo(new Set(['10.0.0.1', '10.0.0.2']), undefined)).toBe(1);
    expect(connectionsTo(new Set(['10.0.0.1']), 1)).toBe(1);
    expect(connectionsTo(new Set(['10.0.0.1', '10.0.0.2']), 2)).toBe(2);
  });
});
