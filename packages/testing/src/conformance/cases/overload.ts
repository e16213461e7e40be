import assert from 'node:assert/strict';
import { isRookeryError } from '@rookery/core';
import { rejection } from '../../waiting/rejection.js';
import type { ConformanceCase } from '../conformance-case.js';
import { Tally } from '../tally.js';

/** Bodies up to this size are sent whole; beyond it, only the refusal is tested. */
const LARGE = 32 * 1024 * 1024;

export const overloadCases: readonly ConformanceCase[] = [
  {
    name: 'a full queue refuses, and loses nothing of what it took',
    promise: 'overload',
    async run(world) {
      const goOn = Promise.withResolvers<void>();
      const tally = new Tally();
      const { caller } = await world.pair(
        (server) =>
          server.on(['happened'], { endpoint: 'slow' }, async (data) => {
            await goOn.promise;
            tally.add(data);
          }),
        { concurrency: 1 },
      );
      const accepted: number[] = [];
      let refusal: unknown;
      try {
        // What the medium and the replica have in hand is beyond the queue, and bounded as well.
        for (let n = 0; n < world.subject.maxQueue * 3 && refusal === undefined; n++) {
          await caller.client.publish('happened', n).then(
            () => void accepted.push(n),
            (error: unknown) => (refusal = error),
          );
        }
      } finally {
        goOn.resolve();
      }
      assert.ok(isRookeryError(refusal), `after ${accepted.length} events: ${String(refusal)}`);
      assert.equal(refusal.code, 'QUEUE_FULL');
      assert.equal(refusal.recourse, 'retryable');
      assert.ok(accepted.length >= world.subject.maxQueue, `refused after ${accepted.length}`);
      await world.eventually(() => tally.assertEach(accepted, 1));
      await caller.client.publish('happened', 'there is room again');
      await world.eventually(() => tally.count('there is room again') === 1);
    },
  },
  {
    name: 'a body that is too large is refused, both ways, and one that just fits is not',
    promise: 'overload',
    async run(world) {
      const { caller } = await world.pair((server) => {
        server.handle('length', (data) => (data as Uint8Array).length);
        server.handle('make', (length) => new Uint8Array(length as number).fill(7));
        server.handle('makeText', (length) => 'x'.repeat((length as number) - 2));
        server.handle('stream', async function* (length) {
          yield 'small';
          yield 'x'.repeat(length as number);
        });
      });
      const { client } = caller;
      const { maxBody } = caller.transport.capabilities;
      const refused = async (call: Promise<unknown>) => {
        const error = await rejection(call);
        assert.ok(isRookeryError(error), `not an error of Rookery’s: ${String(error)}`);
        assert.equal(error.code, 'PAYLOAD_TOO_LARGE');
      };
      await refused(client.request('length', new Uint8Array(maxBody + 1)));
      await refused(client.request('length', 'x'.repeat(maxBody - 1)));
      await refused(client.publish('event', new Uint8Array(maxBody + 1)));
      await refused(client.request('make', maxBody + 1));
      await refused(client.request('makeText', maxBody + 1));
      const stream = client.stream('stream', maxBody);
      assert.deepEqual(await stream.next(), { value: 'small', done: false });
      await refused(stream.next());
      if (maxBody <= LARGE) {
        assert.equal(await client.request('length', new Uint8Array(maxBody)), maxBody);
        assert.equal(((await client.request('make', maxBody)) as Uint8Array).length, maxBody);
        assert.equal(((await client.request('makeText', maxBody)) as string).length, maxBody - 2);
      }
      assert.equal(await client.request('length', new Uint8Array(1)), 1);
    },
  },
];
