import assert from 'node:assert/strict';
import fc from 'fast-check';
import { aborted } from '../../waiting/aborted.js';
import type { ConformanceCase } from '../conformance-case.js';
import { bytes } from '../needs.js';

const text = (content: string) => Buffer.from(content);

/** What finds its way to open ports. */
const STRAYS: readonly Uint8Array[] = [
  text('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  text('{"pattern":"sum","data":[1,2],"id":"x"}'),
  text('39#{"pattern":"sum","data":[1,2],"id":"x"}'),
  Buffer.from('16030100', 'hex'),
  Buffer.alloc(1),
  Buffer.alloc(64, 0),
  Buffer.alloc(64, 0xff),
  Buffer.alloc(300_000, 0x41),
  Buffer.from('7fffffff00000000', 'hex'),
  Buffer.from('ffffffffffffffffffff01', 'hex'),
];

export const malformedCases: readonly ConformanceCase[] = [
  {
    name: 'malformed bytes hurt nobody but their sender',
    promise: 'overload',
    needs: bytes,
    async run(world) {
      const goOn = new AbortController();
      const { caller, replica } = await world.pair((server) => {
        server.handle('echo', (data) => data);
        server.handle('hang', async () => {
          await aborted(goOn.signal);
          return 'answered';
        });
      });
      const { sendBytes } = world.subject;
      assert.ok(sendBytes);
      const hanging = caller.client.request('hang');
      const stream = fc.oneof(fc.constantFrom(...STRAYS), fc.uint8Array({ minLength: 1, maxLength: 2_000 }));
      await fc.assert(
        fc.asyncProperty(stream, async (malformed) => {
          const call = caller.client.request('echo', malformed.length);
          await sendBytes(replica.transport, malformed);
          assert.equal(await call, malformed.length);
          assert.equal(await caller.client.request('echo', 'alive'), 'alive');
        }),
        { numRuns: 60, examples: STRAYS.map((stray) => [stray]) },
      );
      goOn.abort();
      assert.equal(await hanging, 'answered');
      assert.equal(replica.transport.state.status, 'ready');
    },
  },
];
