import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ConformanceCase } from '../conformance-case.js';

const KIB = 1024;

/** What every medium carries. */
const COMMON_LIMIT = 900 * KIB;

const echo = (data: unknown) => data;

const TEXTS = [
  'plain',
  'Grüße, Ελλάδα, кириллица, 日本語, ไทย',
  '👩‍👩‍👧‍👦 𝒳 🏳️‍🌈',
  'שלום ‏عليكم',
  'e\u0301 versus \u00e9',
  'NUL \u0000, BEL \u0007, DEL \u007f',
  'line\r\nends\u2028and\u2029more',
  'a lone surrogate: \ud800 and another: \udfff',
  '"quotes" and \\backslashes\\ and </script>',
  '\ufeffa byte order mark',
];

export const bodyCases: readonly ConformanceCase[] = [
  {
    name: 'any JSON value comes back as it was sent',
    promise: 'contract',
    async run(world) {
      const { caller } = await world.pair((server) => server.handle('echo', echo));
      const values = fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(values, async (sent) => {
          const answers = await Promise.all(sent.map((value) => caller.client.request('echo', value)));
          assert.deepEqual(answers, JSON.parse(JSON.stringify(sent)));
        }),
        { numRuns: 50 },
      );
    },
  },
  {
    name: 'text of every script comes back as it was sent',
    promise: 'contract',
    async run(world) {
      const { caller } = await world.pair((server) => server.handle('echo', echo));
      for (const text of TEXTS) assert.equal(await caller.client.request('echo', text), text);
      assert.deepEqual(
        await caller.client.request('echo', Object.fromEntries(TEXTS.map((text) => [text, text]))),
        Object.fromEntries(TEXTS.map((text) => [text, text])),
      );
    },
  },
  {
    name: 'void, null, empty and false values are told apart',
    promise: 'contract',
    async run(world) {
      const values = [undefined, null, '', 0, false, [], {}, [null], [[]], { a: null }, new Uint8Array(0)];
      const { caller } = await world.pair((server) => {
        server.handle('echo', echo);
        server.handle('nothing', () => undefined);
      });
      for (const value of values) assert.deepEqual(await caller.client.request('echo', value), value);
      assert.equal(await caller.client.request('nothing', 1), undefined);
    },
  },
  {
    name: 'bytes arrive as bytes',
    promise: 'contract',
    async run(world) {
      const { caller } = await world.pair((server) =>
        server.handle('echo', (data) => {
          assert.ok(data instanceof Uint8Array, 'the handler was given no bytes');
          return data;
        }),
      );
      const all = Uint8Array.from({ length: 256 * KIB + 1 }, (_, index) => (index * 31) % 256);
      for (const length of [0, 1, 2, 127, 128, 255, 256, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, all.length]) {
        const sent = all.subarray(all.length - length);
        const back = await caller.client.request('echo', sent);
        assert.ok(back instanceof Uint8Array, 'the caller was given no bytes');
        assert.ok(Buffer.from(back).equals(sent), `${length} bytes came back as others`);
      }
    },
  },
  {
    name: '900 KiB go both ways, as text and as bytes',
    promise: 'contract',
    async run(world) {
      const { caller } = await world.pair((server) => server.handle('echo', echo));
      // The quotes of JSON are two bytes; each letter is two.
      const text = 'ü'.repeat((COMMON_LIMIT - 2) / 2);
      const bytes = new Uint8Array(COMMON_LIMIT).fill(0xc3);
      const small = Array.from({ length: 20 }, (_, index) => caller.client.request('echo', index));
      const [textBack, bytesBack] = await Promise.all([
        caller.client.request('echo', text),
        caller.client.request('echo', bytes),
      ]);
      assert.ok(textBack === text, 'the text has changed');
      assert.ok(Buffer.from(bytesBack as Uint8Array).equals(bytes), 'the bytes have changed');
      assert.deepEqual(await Promise.all(small), [...small.keys()]);
    },
  },
  {
    name: 'what was sent is nobody else’s: changing it afterwards changes nothing elsewhere',
    promise: 'contract',
    async run(world) {
      const kept: Uint8Array[] = [];
      const { caller } = await world.pair((server) =>
        server.handle('keep', (data, context) => {
          const bytes = data as Uint8Array;
          kept.push(bytes);
          return { first: bytes[0], header: context.envelope.headers?.['x'] };
        }),
      );
      const sent = Uint8Array.of(1, 2, 3);
      const headers = { x: 'before' };
      const answer = caller.client.request('keep', sent, { headers });
      sent[0] = 9;
      headers.x = 'after';
      assert.deepEqual(await answer, { first: 1, header: 'before' });
      assert.deepEqual([...(kept[0] ?? [])], [1, 2, 3]);
    },
  },
];
