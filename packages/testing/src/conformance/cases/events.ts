import assert from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import { counted } from '../counted.js';
import { delay, wildcards } from '../needs.js';
import { Tally } from '../tally.js';
import { PATTERNS } from './requests.js';

export const eventCases: readonly ConformanceCase[] = [
  {
    name: 'an event reaches one replica of each subscribing service, once',
    promise: 'delivery',
    async run(world) {
      const tallies = await Promise.all(
        ['one', 'other'].map(async (role) => {
          const service = world.service(role);
          const tally = new Tally();
          for (const { server } of [world.replica(service), world.replica(service)]) {
            server.on(['happened'], { endpoint: 'note' }, (data) => tally.add(data));
            await server.start();
          }
          return tally;
        }),
      );
      const { client, transport } = world.caller();
      const sent = counted(60);
      const accepted = await Promise.all(sent.map((n) => client.publish('happened', n)));
      assert.deepEqual(new Set(accepted), new Set([transport.capabilities.acceptance]));
      for (const tally of tallies) await world.eventually(() => tally.assertEach(sent, 1));
    },
  },
  {
    name: 'an event for one service reaches no other',
    promise: 'delivery',
    async run(world) {
      const meant = new Tally();
      const other = new Tally();
      const one = await world.pair((server) =>
        server.on(['happened'], { endpoint: 'note' }, (data) => meant.add(data)),
      );
      await world.pair((server) => server.on(['happened'], { endpoint: 'note' }, (data) => other.add(data)));
      const { client } = world.caller();
      await client.publish('happened', 'addressed', { to: one.service });
      await client.publish('happened', 'to all');
      await world.eventually(() => {
        meant.assertEach(['addressed', 'to all'], 1);
        other.assertEach(['to all'], 1);
      });
    },
  },
  {
    name: 'emit goes to the target of a client that has one, and to all without one',
    promise: 'delivery',
    async run(world) {
      const meant = new Tally();
      const other = new Tally();
      const one = await world.pair((server) =>
        server.on(['happened'], { endpoint: 'note' }, (data) => meant.add(data)),
      );
      await world.pair((server) => server.on(['happened'], { endpoint: 'note' }, (data) => other.add(data)));
      await world.caller({ to: one.service }).client.emit('happened', 'to the target');
      await world.caller().client.emit('happened', 'to all');
      await world.eventually(() => {
        meant.assertEach(['to the target', 'to all'], 1);
        other.assertEach(['to all'], 1);
      });
    },
  },
  {
    name: 'a broadcast reaches every live replica, once each, beside an endpoint that shares',
    promise: 'delivery',
    async run(world) {
      const service = world.service('cache');
      const shared = new Tally();
      const each = await Promise.all(
        counted(3).map(async () => {
          const tally = new Tally();
          const { server } = world.replica(service);
          server.on(['changed'], { endpoint: 'clear', broadcast: true }, (data) => tally.add(data));
          server.on(['changed'], { endpoint: 'count' }, (data) => shared.add(data));
          await server.start();
          return tally;
        }),
      );
      const { client } = world.caller();
      const sent = counted(20);
      for (const n of sent) await client.publish('changed', n);
      for (const tally of [...each, shared]) await world.eventually(() => tally.assertEach(sent, 1));
    },
  },
  {
    name: 'events of every pattern reach their own handler',
    promise: 'delivery',
    async run(world) {
      const tally = new Tally();
      const { caller } = await world.pair((server) => {
        for (const [index, pattern] of PATTERNS.entries()) {
          server.on([pattern], { endpoint: `e${index}` }, (data) => tally.add([index, data]));
        }
      });
      await Promise.all(PATTERNS.map((pattern, index) => caller.client.publish(pattern, index)));
      await world.eventually(() =>
        tally.assertEach(
          counted(PATTERNS.length).map((n) => [n, n]),
          1,
        ),
      );
    },
  },
  {
    name: 'an event comes once to an endpoint of which several patterns match',
    promise: 'delivery',
    needs: wildcards,
    async run(world) {
      const broad = new Tally();
      const narrow = new Tally();
      const { caller } = await world.pair((server) => {
        const patterns = ['order.created', 'order.*', 'order.>', '*.created'];
        server.on(patterns, { endpoint: 'broad' }, (data) => broad.add(data));
        server.on(['order.*.paid'], { endpoint: 'narrow' }, (data) => narrow.add(data));
      });
      const sent = ['order.created', 'user.created', 'order.1.paid', 'order', 'user.1.paid', 'order.1.2'];
      for (const pattern of sent) await caller.client.publish(pattern, pattern);
      await world.eventually(() => {
        broad.assertEach(['order.created', 'user.created', 'order.1.paid', 'order.1.2'], 1);
        narrow.assertEach(['order.1.paid'], 1);
      });
    },
  },
  {
    name: 'an event that is held back comes when its time has come, and not before',
    promise: 'delivery',
    needs: delay,
    async run(world) {
      const arrived: { at: number; data: unknown }[] = [];
      const { caller } = await world.pair((server, { clock }) =>
        server.on(['happened'], { endpoint: 'note' }, (data) => void arrived.push({ at: clock.now(), data })),
      );
      const delay = 500; // more than a publication takes, on a busy machine too
      const began = caller.clock.now();
      await caller.client.publish('happened', 'later', { delay });
      await caller.client.publish('happened', 'at once');
      await world.eventually(() => arrived.length === 2);
      assert.deepEqual(
        arrived.map(({ data }) => data),
        ['at once', 'later'],
      );
      const took = (arrived[1]?.at ?? 0) - began;
      assert.ok(took >= delay, `it came after ${took} ms`);
    },
  },
  {
    name: 'an endpoint handles no more events at once than it wants to',
    promise: 'overload',
    async run(world) {
      let active = 0;
      let most = 0;
      const tally = new Tally();
      const { caller } = await world.pair(
        (server) => {
          server.handle('ping', () => 'pong');
          server.on(['happened'], { endpoint: 'note' }, async (data) => {
            most = Math.max(most, ++active);
            // Long enough for others to be given, if they were.
            await caller.client.request('ping');
            active--;
            tally.add(data);
          });
        },
        { concurrency: 3 },
      );
      const sent = counted(60);
      await Promise.all(sent.map((n) => caller.client.publish('happened', n)));
      await world.eventually(() => tally.assertEach(sent, 1));
      assert.equal(most, 3);
    },
  },
  {
    name: 'handlers of one event share nothing, and a retry sees what was sent',
    promise: 'contract',
    async run(world) {
      const seen: unknown[] = [];
      const { caller } = await world.pair((server) => {
        for (const endpoint of ['a', 'b', 'c']) {
          server.on(['happened'], { endpoint }, (data, { envelope, attempt }) => {
            const bytes = data as Uint8Array;
            const headers = envelope.headers as Record<string, string>;
            seen.push([endpoint, attempt, bytes[0], headers['x']]);
            bytes[0] = 9;
            headers['x'] = 'changed';
            if (attempt === 1) throw new Error('once more');
          });
        }
      });
      await caller.client.publish('happened', Uint8Array.of(1), { headers: { x: 'sent' } });
      await world.eventually(() => seen.length === 6);
      assert.deepEqual(
        seen.sort(),
        ['a', 'b', 'c'].flatMap((endpoint) => [
          [endpoint, 1, 1, 'sent'],
          [endpoint, 2, 1, 'sent'],
        ]),
      );
    },
  },
];
