import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { eventually, VirtualClock } from '@rookery/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { statesOf } from './names.js';
import { ask, HOST, message, party, serve, Subscriber, subscription, type PartyOptions } from './parties.js';

/** One address in front of several: each connection goes to the next. */
class Balancer {
  readonly #ports: number[];
  readonly #sockets = new Set<{ port: number; socket: Socket }>();
  #next = 0;

  constructor(...ports: number[]) {
    this.#ports = ports;
  }

  async open(): Promise<string> {
    const server = createServer((socket) => {
      const port = this.#ports[this.#next++ % this.#ports.length] as number;
      const behind = connect(port, HOST);
      this.#sockets.add({ port, socket });
      for (const [one, other] of [
        [socket, behind],
        [behind, socket],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    onTestFinished(() => {
      server.close();
      for (const { socket } of this.#sockets) socket.destroy();
    });
    return `tcp://${HOST}:${(server.address() as AddressInfo).port}`;
  }

  add(port: number): void {
    this.#ports.push(port);
  }

  /** Takes one away, and cuts its connections. */
  remove(port: number): void {
    this.#ports.splice(this.#ports.indexOf(port), 1);
    for (const { port: to, socket } of this.#sockets) if (to === port) socket.destroy();
  }
}

async function caller(balancer: Balancer, options: PartyOptions = {}) {
  const services = { math: await balancer.open() };
  const clock = new VirtualClock();
  const made = party('caller', { services, clock, connections: 3, heartbeat: 1e9, ...options });
  const states = (...expected: string[]) =>
    eventually(() => expect(statesOf(made).toSorted()).toStrictEqual(expected));
  return { ...made, clock, states };
}

describe('one address for several replicas', () => {
  test('is connected several times; of two connections to one replica the later is dropped, and tried again', async () => {
    const servers = await Promise.all([serve('math'), serve('math'), serve('math')]);
    const [one, two, three] = servers.map(({ port }) => port) as [number, number, number];
    const balancer = new Balancer(one, two);
    const { transport, clock, states } = await caller(balancer);
    expect(await ask(transport, 'math', 'x')).toBe('x');
    await states('ready', 'ready', 'spare');
    expect(transport.unwrap()).toHaveLength(2);

    balancer.add(three);
    for (
      let found = 2;
      found < 3;
      found = transport.describe().replicas?.['math']?.filter(({ replica }) => replica).length ?? 0
    ) {
      expect(clock.now()).toBeLessThan(600_000);
      await ask(transport, 'math', 'x');
      await clock.advance(1_000);
      await eventually(() => !statesOf({ transport }).includes('dialling'));
    }
    await states('ready', 'ready', 'ready');
  });

  test('is connected again when a replica is gone, and rests when it is not used', async () => {
    const servers = await Promise.all([serve('math'), serve('math', { replica: 'second' })]);
    const [one, two] = servers.map(({ port }) => port) as [number, number];
    const balancer = new Balancer(one);
    const { transport, clock, states } = await caller(balancer);
    await ask(transport, 'math', 'x');
    await states('ready', 'spare', 'spare');
    balancer.add(two);
    balancer.remove(one);
    const replicas = () => transport.describe().replicas?.['math'] ?? [];
    await eventually(() => replicas().some(({ replica }) => replica === 'second'));
    expect(await ask(transport, 'math', 'y')).toBe('y');
    await clock.advance(5_000);
    await clock.advance(5_000);
    await clock.advance(60_000);
    await eventually(() => clock.timers === 1); // the heartbeat of the one
    expect(statesOf({ transport }).filter((state) => state === 'ready')).toHaveLength(1);
  });

  test('gives each replica a broadcast once', async () => {
    const got = new Subscriber();
    const server = party('math', { listen: { host: HOST, port: 0 } });
    server.transport.subscribe(subscription('math', { broadcast: true }), got.take);
    await server.transport.open();
    const port = Number(new URL(server.transport.describe().addresses[0] as string).port);
    const { transport, states } = await caller(new Balancer(port));
    await transport.reach({ service: 'math' });
    await transport.publish(['a', 'b'].map((body) => ({ message: message('happened', body) })));
    await states('ready', 'spare', 'spare');
    await transport.publish([{ message: message('happened', 'c') }]);
    await eventually(() => got.bodies.length >= 3);
    expect(got.bodies).toStrictEqual(['a', 'b', 'c']);
  });
});
