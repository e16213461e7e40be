import type { Server as NetServer } from 'node:net';
import { Client, jsonCodec, MemoryDeadLetters, Server, systemClock, systemRandom } from '@rookery/core';
import { eventually, freePorts, rejection } from '@rookery/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { GoodbyeReason } from '../src/frames/goodbye.js';
import { Answer, ask, HOST, message, party, serve, Subscriber, subscription, type Party } from './parties.js';
import { dial, frame, hello } from './wire.js';

/** Answers when it is told to. */
class Slow {
  readonly begun: (() => void)[] = [];
  readonly handler: Parameters<Party['transport']['serve']>[1] = (request, _credit, responder) => {
    this.begun.push(() => responder.reply(request.body, true));
    return { credit() {}, cancel() {} };
  };
}

describe('a service that drains', () => {
  test('finishes what is under way and gets nothing new', async () => {
    const [port = 0] = await freePorts(1);
    const slow = new Slow();
    const first = await serve('math', { port, handler: slow.handler });
    const { transport: client, log } = party('caller', { services: { math: first.url } });
    const old = ask(client, 'math', 'old');
    await eventually(() => slow.begun.length === 1);

    await first.transport.quiesce();
    expect(log.about('is going down; it gets no new calls')).toHaveLength(1);
    const fresh = new Answer();
    const call = client.request({ service: 'math' }, message('echo', 'new'), 1, fresh);
    expect(call.sent).toBe(false);

    slow.begun[0]?.();
    expect(await old).toBe('old');
    const gone = first.transport.close();
    await serve('math', { port });
    expect(await fresh.one()).toBe('new');
    await gone;
    expect(slow.begun).toHaveLength(1);
  });

  test('is quiet only when each caller has said that nothing more comes', async () => {
    const slow = new Slow();
    const server = await serve('math', { handler: slow.handler, goodbyeTimeout: 60_000 });
    const peer = dial(server.port, hello());
    await eventually(() => peer.of(FrameType.welcome).length === 1);
    let quiet = false;
    const quiesced = server.transport.quiesce().then(() => (quiet = true));
    await eventually(() => peer.goodbye?.reason === GoodbyeReason.draining);

    // As if it had left before the goodbye was read.
    peer.send(
      frame(FrameType.pattern, [1], 'echo'),
      frame(FrameType.request, [1, 1, 1, 1, 0, 1], 'i', 'late'),
    );
    await eventually(() => slow.begun.length === 1);
    expect(quiet).toBe(false);

    peer.send(frame(FrameType.goodbye, [GoodbyeReason.draining]));
    await quiesced;
    slow.begun[0]?.();
    await eventually(() => peer.of(FrameType.reply).length === 1);
  });

  test('does not wait longer than goodbyeTimeout for a caller that says nothing', async () => {
    const server = await serve('math', { goodbyeTimeout: 20, closeTimeout: 20 });
    const peer = dial(server.port, hello());
    await eventually(() => peer.of(FrameType.welcome).length === 1);
    await server.transport.quiesce();
    expect(peer.goodbye?.reason).toBe(GoodbyeReason.draining);
  });

  test('does not wait for a connection that has not introduced itself, and tells it why', async () => {
    const server = await serve('math', { goodbyeTimeout: 60_000 });
    const connected = Promise.withResolvers<void>();
    (server.transport.unwrap() as NetServer).on('connection', () => connected.resolve());
    const peer = dial(server.port);
    await connected.promise;
    await server.transport.quiesce();
    await eventually(() => peer.goodbye?.reason === GoodbyeReason.draining);
    await peer.closed;
  });

  test('still gets the rest of a large request that had begun', async () => {
    const arrived: number[] = [];
    const server = await serve('math', {
      goodbyeTimeout: 60_000,
      handler: (request, _credit, responder) => {
        arrived.push(String(request.body).length);
        responder.reply('done', true);
        return { credit() {}, cancel() {} };
      },
    });
    const { transport: client } = party('caller', { services: { math: server.url } });
    await client.reach({ service: 'math' });
    const answer = new Answer();
    const call = client.request({ service: 'math' }, message('echo', 'x'.repeat(8_000_000)), 1, answer);
    await eventually(() => call.sent);
    expect(arrived).toHaveLength(0);
    await server.transport.quiesce();
    expect(arrived).toStrictEqual([8_000_000]);
    expect(await answer.one()).toBe('done');
  });

  test('gives back the events that it has not begun', async () => {
    const [port = 0] = await freePorts(1);
    const taken = new Subscriber(true);
    const first = party('audit', { listen: { host: HOST, port } });
    first.transport.subscribe(subscription('audit', { concurrency: 2 }), taken.take);
    await first.transport.open();
    const { transport: client } = party('caller', { services: { audit: `tcp://${HOST}:${port}` } });
    const publications = ['a', 'b', 'c'].map((body) => ({ message: message('happened', body) }));
    await client.publish(publications);
    await eventually(() => taken.deliveries.length === 2);
    await first.transport.quiesce();
    for (const delivery of taken.deliveries) delivery.settle({ outcome: 'accept' });
    await first.transport.close();

    const second = party('audit', { listen: { host: HOST, port } });
    const rest = new Subscriber();
    second.transport.subscribe(subscription('audit'), rest.take);
    await second.transport.open();
    await eventually(() => rest.deliveries.length === 1);
    expect(taken.bodies).toStrictEqual(['a', 'b']);
    expect(rest.bodies).toStrictEqual(['c']);
  });
});

describe('a client that keeps 50 calls in flight', () => {
  const codec = jsonCodec({ strict: true });

  async function server(port: number, name: string) {
    const { transport, log } = party('math', { replica: name, listen: { host: HOST, port } });
    const runtime = new Server({
      service: 'math',
      transport,
      clock: systemClock,
      random: systemRandom,
      codec,
      logger: log,
      deadLetters: new MemoryDeadLetters(),
    });
    let handled = 0;
    runtime.handle('twice', async (data) => {
      handled++;
      await new Promise<void>((resolve) => void systemClock.after(2, resolve));
      return Number(data) * 2;
    });
    await runtime.start();
    onTestFinished(() => runtime.close());
    return { close: () => runtime.close(), handled: () => handled };
  }

  /** Calls until `enough`, and gives how many were answered; a failed call rejects. */
  function load(services: string[]) {
    const { transport } = party('caller', { services: { math: services } });
    const client = new Client({ transport, codec, clock: systemClock, random: systemRandom, to: 'math' });
    onTestFinished(() => client.close());
    let enough = false;
    let answered = 0;
    const worker = async () => {
      while (!enough) {
        const value = answered;
        expect(await client.request('twice', value)).toBe(value * 2);
        answered++;
      }
    };
    const workers = Promise.all(Array.from({ length: 50 }, worker));
    workers.catch(() => undefined);
    return {
      answered: () => answered,
      end: () => {
        enough = true;
        return workers;
      },
    };
  }

  test('loses none when the service moves to another address', async () => {
    const ports = await freePorts(2);
    const first = await server(ports[0] as number, 'first');
    const calls = load(ports.map((port) => `tcp://${HOST}:${port}`));
    await eventually(() => calls.answered() > 500);
    const [second] = await Promise.all([server(ports[1] as number, 'second'), first.close()]);
    await eventually(() => second.handled() > 500);
    await calls.end();
    expect(first.handled() + second.handled()).toBe(calls.answered());
  });

  test('loses none when the service comes back at the same address, again and again', async () => {
    const [port = 0] = await freePorts(1);
    let current = await server(port, 'replica 0');
    const calls = load([`tcp://${HOST}:${port}`]);
    for (let round = 1; round <= 10; round++) {
      const goal = calls.answered() + 200;
      await eventually(() => calls.answered() > goal);
      await current.close();
      current = await server(port, `replica ${round}`);
    }
    const goal = calls.answered() + 200;
    await eventually(() => calls.answered() > goal);
    await calls.end();
  });
});

test('a transport that is closed under its calls says which of them were begun', async () => {
  const begun: string[] = [];
  const server = await serve('math', {
    handler: (one) => {
      begun.push(one.envelope.id);
      return { credit() {}, cancel() {} };
    },
  });
  const { transport } = party('caller', { services: { math: server.url } });
  const answer = rejection(ask(transport, 'math', 'x'));
  await eventually(() => begun.length === 1);
  await server.transport.close();
  expect(await answer).toMatchObject({ code: 'UNAVAILABLE', recourse: 'unknown' });
});
