import assert from 'node:assert/strict';
import { isRookeryError } from '@rookery/core';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';
import { rawRequest } from '../raw-request.js';

const LOST: readonly (readonly [unknown, string])[] = [
  [{ user: { tags: ['a', new Map()] } }, '$.user.tags[1]'],
  [{ a: new Set([1]) }, '$.a'],
  [[1, 2n], '$[1]'],
  [{ 'not an identifier': Number.NaN }, '$["not an identifier"]'],
  [Infinity, '$'],
  [{ run: () => 1 }, '$.run'],
  [{ mark: Symbol('s') }, '$.mark'],
  [[undefined], '$[0]'],
  [{ bytes: Uint8Array.of(1) }, '$.bytes'],
  [{ cause: new Error('x') }, '$.cause'],
];

/** That it is NotEncodable and names the path. */
function assertNames(path: string, error: unknown): void {
  assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
  assert.equal(error.code, 'NOT_ENCODABLE');
  assert.ok(error.message.includes(`${path} is `), `${path} is not named: ${error.message}`);
}

export const encodingLossCases: readonly ConformanceCase[] = [
  {
    name: 'what JSON would lose is refused with its path, in requests and events',
    promise: 'contract',
    async run(world) {
      const { caller } = await world.pair((server) => server.handle('echo', (data) => data));
      for (const [value, path] of LOST) {
        assertNames(path, await rejection(caller.client.request('echo', value)));
        assertNames(path, await rejection(caller.client.publish('event', value)));
      }
    },
  },
  {
    name: 'what JSON would lose of an answer is an error that names its path',
    promise: 'contract',
    async run(world) {
      const { caller } = await world.pair((server) => {
        server.handle('answer', (index) => LOST[index as number]?.[0]);
        server.handle('stream', async function* (index) {
          yield 'fine';
          yield LOST[index as number]?.[0];
        });
      });
      for (const [index, [, path]] of LOST.entries()) {
        assertNames(path, await rejection(caller.client.request('answer', index)));
        const stream = caller.client.stream('stream', index);
        assert.deepEqual(await stream.next(), { value: 'fine', done: false });
        assertNames(path, await rejection(stream.next()));
      }
    },
  },
  {
    name: 'a body that is no JSON is an error for that call alone',
    promise: 'contract',
    async run(world) {
      const { service, caller } = await world.pair((server) => server.handle('echo', (data) => data));
      const neighbours = Array.from({ length: 10 }, (_, index) => caller.client.request('echo', index));
      const answer = await rawRequest(caller, service, { pattern: 'echo', body: '{"unfinished":' });
      const failure = 'failure' in answer && answer.failure;
      assert.ok(isRookeryError(failure), `not an error of Rookery’s: ${String(failure)}`);
      assert.equal(failure.code, 'NOT_DECODABLE');
      assert.deepEqual(await Promise.all(neighbours), [...neighbours.keys()]);
    },
  },
];
