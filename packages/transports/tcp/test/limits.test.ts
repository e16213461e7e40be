import type { Server } from 'node:net';
import { systemClock } from '@rookery/core';
import { eventually, freePorts, ObservedClock, rejection } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { ask, HOST, message, party, serve, Subscriber, subscription } from './parties.js';

const events = (...bodies: string[]) => bodies.map((body) => ({ message: message('happened', body) }));

describe('what waits', () => {
  test('for a connection is bounded: requests', async () => {
    const [port = 0] = await freePorts(1);
    const { transport } = party('caller', { services: { math: `tcp://${HOST}:${port}` }, maxWaiting: 2 });
    const waiting = [ask(transport, 'math', '1'), ask(transport, 'math', '2')];
    expect(await rejection(ask(transport, 'math', '3'))).toMatchObject({
      code: 'QUEUE_FULL',
      recourse: 'retryable',
      message: expect.stringContaining("2 requests wait for a connection to 'math' already") as string,
    });
    await serve('math', { port });
    expect(await Promise.all(waiting)).toStrictEqual(['1', '2']);
  });

  test('for a service that is not there is bounded: events', async () => {
    const [port = 0] = await freePorts(1);
    const { transport } = party('caller', {
      services: { audit: `tcp://${HOST}:${port}` },
      maxEvents: 2,
      closeTimeout: 10,
    });
    expect(await transport.publish(events('1', '2', '3'))).toMatchObject([
      { status: 'memory' },
      { status: 'memory' },
      { status: 'refused', error: { code: 'QUEUE_FULL', recourse: 'retryable' } },
    ]);
    expect(await transport.publish(events('4'))).toMatchObject([
      { error: { message: "2 events are kept for 'audit', which is not there; happened was refused" } },
    ]);
  });

  test('for an endpoint that does not keep up is bounded, and the other endpoints are not concerned', async () => {
    const slow = new Subscriber(true);
    const fast = new Subscriber();
    const server = party('audit', { listen: { host: HOST, port: 0 } });
    server.transport.subscribe(subscription('audit', { endpoint: 'slow', concurrency: 1 }), slow.take);
    server.transport.subscribe(subscription('audit', { endpoint: 'fast', patterns: ['other'] }), fast.take);
    await server.transport.open();
    const services = { audit: server.transport.describe().addresses };
    const { transport } = party('caller', { services, maxEvents: 3, closeTimeout: 10 });
    await transport.reach({ service: 'audit' });
    expect(await transport.publish(events('1', '2', '3', '4'))).toMatchObject([
      { status: 'memory' },
      { status: 'memory' },
      { status: 'memory' },
      { error: { message: "3 events are kept for 'audit', which does not keep up; happened was refused" } },
    ]);
    expect(await transport.publish([{ message: message('other', 'x') }])).toStrictEqual([
      { status: 'memory' },
    ]);
    await eventually(() => fast.deliveries.length === 1 && slow.deliveries.length === 1);
    slow.deliveries[0]?.settle({ outcome: 'accept' });
    await eventually(() => slow.deliveries.length === 2);
    expect(await transport.publish(events('5'))).toStrictEqual([{ status: 'memory' }]);
  });
});

describe('close', () => {
  test('says how many events are lost, and whose they were', async () => {
    const [port = 0] = await freePorts(1);
    const held = new Subscriber(true);
    const server = party('audit', { listen: { host: HOST, port: 0 }, closeTimeout: 10 });
    server.transport.subscribe(subscription('audit', { concurrency: 1 }), held.take);
    await server.transport.open();
    const services = { audit: server.transport.describe().addresses, mail: `tcp://${HOST}:${port}` };
    const { transport, log } = party('caller', { services, closeTimeout: 20 });
    await transport.reach({ service: 'audit' });
    await transport.publish(events('1', '2', '3'));
    await transport.publish([{ message: message('happened', '4'), to: 'mail', delay: 60_000 }]);
    await eventually(() => held.deliveries.length === 1);
    await transport.close();
    expect(log.about('are lost')).toStrictEqual([
      "warn closed with 3 events for 'audit' not handled; they are lost",
      "warn closed with 4 events for 'mail' not handled; they are lost",
    ]);
    expect(await transport.publish(events('5'))).toMatchObject([{ error: { code: 'CLIENT_CLOSED' } }]);
  });

  test('says nothing when each event was acknowledged', async () => {
    const taken = new Subscriber();
    const server = party('audit', { listen: { host: HOST, port: 0 } });
    server.transport.subscribe(subscription('audit'), taken.take);
    await server.transport.open();
    const { transport, log } = party('caller', {
      services: { audit: server.transport.describe().addresses },
    });
    await transport.publish(events(...Array.from({ length: 500 }, (_, index) => `${index}`)));
    await transport.close();
    expect(taken.deliveries).toHaveLength(500);
    expect(log.about('lost')).toStrictEqual([]);
  });

  test('leaves no timer, no socket and no port, and fails what is under way', async () => {
    const clock = new ObservedClock(systemClock);
    const server = await serve('math', { clock, handler: () => ({ credit() {}, cancel() {} }) });
    const [port = 0] = await freePorts(1);
    const services = { math: server.url, mail: `tcp://${HOST}:${port}` };
    const { transport } = party('caller', { services, clock, closeTimeout: 50 });
    const called = rejection(ask(transport, 'math', 'x'));
    const waiting = rejection(ask(transport, 'mail', 'x'));
    await transport.reach({ service: 'math' });
    const listener = server.transport.unwrap() as Server;
    await transport.publish([{ message: message('happened', '4'), delay: 60_000 }]);
    expect(clock.timers).toBeGreaterThan(3);

    await transport.close();
    expect(await called).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(await waiting).toMatchObject({ code: 'CLIENT_CLOSED' });
    await server.transport.close();
    expect(clock.timers).toBe(0);
    expect(transport.unwrap()).toStrictEqual([]);
    expect(listener.listening).toBe(false);
    expect(await new Promise((resolve) => listener.getConnections((_, count) => resolve(count)))).toBe(0);
    expect([transport.state, server.transport.state]).toStrictEqual([
      { status: 'closed' },
      { status: 'closed' },
    ]);
    await serve('math', { port: server.port });
  });
});
