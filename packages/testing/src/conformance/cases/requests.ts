import assert from 'node:assert/strict';
import { isRookeryError, type Pattern } from '@rookery/core';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';
import { Tally } from '../tally.js';

/** Patterns that tempt a medium to take one for another, or to take a part of one for a command. */
export const PATTERNS: readonly Pattern[] = [
  'plain',
  'Plain',
  'dotted.name',
  'dotted/name',
  'dotted_name',
  'dotted-name',
  'dotted:name',
  'dotted name',
  ' dotted.name',
  'dotted.name ',
  'dotted..name',
  '.dotted.name',
  'a*b',
  'a>b',
  'a#b',
  'a+b',
  '#',
  '+',
  '$SYS',
  '%2E',
  '\\',
  '"quoted"',
  'tab\tand\nline',
  'größe.Größe',
  '注文.作成',
  '👋',
  'e\u0301',
  '\u00e9',
  0,
  42,
  { cmd: 'sum' },
  { cmd: 'sum', version: 1 },
  { cmd: 'sum', version: '1' },
  { role: { name: 'item', of: ['a', 1] } },
  {},
];

export const requestCases: readonly ConformanceCase[] = [
  {
    name: '1,000 requests at once each get their own answer',
    promise: 'answer',
    async run(world) {
      const { caller } = await world.pair((server) => {
        server.handle('double', (data) => (data as number) * 2);
        server.handle('later', (data) => Promise.resolve(data));
      });
      const numbers = Array.from({ length: 1_000 }, (_, index) => index);
      const answers = await Promise.all(
        numbers.map((n) => caller.client.request(n % 2 === 0 ? 'double' : 'later', n)),
      );
      assert.deepEqual(
        answers,
        numbers.map((n) => (n % 2 === 0 ? n * 2 : n)),
      );
    },
  },
  {
    name: 'the answers to several callers do not mix',
    promise: 'answer',
    async run(world) {
      const { service } = await world.pair((server) => server.handle('echo', (data) => data));
      const callers = Array.from({ length: 5 }, () => world.caller({ to: service }));
      await Promise.all(
        callers.map(async ({ client }, who) => {
          const calls = Array.from({ length: 100 }, (_, index) => client.request('echo', [who, index]));
          assert.deepEqual(
            await Promise.all(calls),
            calls.map((_, index) => [who, index]),
          );
        }),
      );
    },
  },
  {
    name: 'a request that nobody handles fails at once, naming the service and what was meant',
    promise: 'answer',
    async run(world) {
      const { service, caller } = await world.pair((server) => {
        server.handle('user.create', () => 1);
        server.handle({ cmd: 'sum' }, () => 2);
      });
      const failure = async (pattern: Pattern) => {
        const error = await rejection(caller.client.request(pattern));
        assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
        assert.equal(error.code, 'NO_HANDLER');
        assert.ok(error.message.includes(service), error.message);
        return error.message;
      };
      assert.match(await failure('user.craete'), /user\.create/);
      assert.match(await failure({ cmd: 'sun' }), /\{"cmd":"sum"\}/);
      assert.doesNotMatch(await failure('something else entirely'), /did you mean/);
      assert.equal(await caller.client.request({ cmd: 'sum' }), 2);
    },
  },
  {
    name: 'patterns of every kind reach their own handler',
    promise: 'answer',
    async run(world) {
      const { caller } = await world.pair((server) => {
        for (const [index, pattern] of PATTERNS.entries()) server.handle(pattern, () => index);
      });
      const answers = await Promise.all(PATTERNS.map((pattern) => caller.client.request(pattern)));
      assert.deepEqual(answers, [...PATTERNS.keys()]);
    },
  },
  {
    name: 'a handler with wildcards takes the requests that match, the exact one first',
    promise: 'answer',
    async run(world) {
      const { caller } = await world.pair((server) => {
        server.handle('order.*', (_, { envelope }) => `one: ${envelope.pattern}`);
        server.handle('order.created', () => 'exact');
        server.handle('log.>', (_, { envelope }) => `rest: ${envelope.pattern}`);
      });
      const ask = (pattern: string) => caller.client.request(pattern);
      assert.equal(await ask('order.created'), 'exact');
      assert.equal(await ask('order.paid'), 'one: order.paid');
      assert.equal(await ask('log.a.b.c'), 'rest: log.a.b.c');
      for (const pattern of ['order', 'order.a.b', 'log']) {
        assert.equal(((await rejection(ask(pattern))) as { code?: string }).code, 'NO_HANDLER', pattern);
      }
    },
  },
  {
    name: 'two replicas share the requests, and each is handled once',
    promise: 'answer',
    async run(world) {
      const service = world.service('shared');
      const handled = new Tally();
      const seen = new Set<string>();
      const both = Promise.withResolvers<void>();
      const replicas = [world.replica(service), world.replica(service)];
      for (const { server, name } of replicas) {
        server.handle('work', async (data) => {
          handled.add(data);
          if (seen.add(name).size === 2) both.resolve();
          await both.promise;
          return data;
        });
        await server.start();
      }
      const { client } = world.caller({ to: service });
      // Until both have work, all is held up: one of them cannot have it all for long.
      const calls: Promise<unknown>[] = [];
      await world.eventually(() => {
        for (let count = 0; count < 10; count++) calls.push(client.request('work', calls.length));
        return seen.size === 2;
      });
      for (let count = 0; count < 50; count++) calls.push(client.request('work', calls.length));
      assert.deepEqual(await Promise.all(calls), [...calls.keys()]);
      handled.assertEach([...calls.keys()], 1);
    },
  },
  {
    name: 'a request can be meant for one certain replica',
    promise: 'answer',
    async run(world) {
      const service = world.service('named');
      const replicas = [world.replica(service), world.replica(service), world.replica(service)];
      for (const { server, name } of replicas) {
        server.handle('who', () => name);
        await server.start();
      }
      const { client } = world.caller({ to: service });
      for (const { name: replica } of replicas.flatMap((replica) => [replica, replica])) {
        assert.equal(await client.request('who', undefined, { replica }), replica);
      }
      const nobody = await rejection(client.request('who', undefined, { replica: 'nobody', timeout: 100 }));
      assert.ok(isRookeryError(nobody), `not an error of Rookery’s: ${String(nobody)}`);
    },
  },
];
