import assert from 'node:assert/strict';
import { createEnvelope, currentContext, type Envelope } from '@rookery/core';
import fc from 'fast-check';
import { turn } from '../../waiting/eventually.js';
import type { ConformanceCase } from '../conformance-case.js';
import { counted } from '../counted.js';
import { rawRequest } from '../raw-request.js';

/** What goes on from hop to hop without a line in a handler. */
const INHERITED = {
  correlationId: 'order-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=opaque,other=1',
  baggage: 'tier=gold,note=a%20b',
  caller: 'user:7',
  tenant: 'acme',
} as const;

function inherited(envelope: Envelope): typeof INHERITED {
  const { correlationId, traceparent, tracestate, baggage, caller, tenant } = envelope;
  return { correlationId, traceparent, tracestate, baggage, caller, tenant } as typeof INHERITED;
}

const field = fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { nil: undefined });

/** Envelopes with any of the fields that only travel. */
const envelopes = fc.record({
  source: field,
  key: field,
  correlationId: field,
  causationId: field,
  traceparent: field,
  tracestate: field,
  baggage: field,
  caller: field,
  tenant: field,
  idempotencyKey: field,
  attempt: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  slot: fc.option(fc.nat(15), { nil: undefined }),
  time: fc.option(fc.nat(2 ** 45), { nil: undefined }),
});

export const contextCases: readonly ConformanceCase[] = [
  {
    name: 'handlers that run at the same time each see their own context',
    promise: 'context',
    async run(world) {
      const seen = (data: unknown) => currentContext()?.envelope.headers?.['who'] === String(data);
      const { caller } = await world.pair((server) => {
        server.handle('work', async (data) => {
          const before = seen(data);
          for (const _ of counted(3)) await turn();
          return before && seen(data);
        });
        server.handle('at once', (data) => seen(data));
      });
      const calls = counted(200).map((n) =>
        caller.client.request(n % 2 === 0 ? 'work' : 'at once', n, { headers: { who: String(n) } }),
      );
      assert.deepEqual(
        await Promise.all(calls),
        calls.map(() => true),
      );
      assert.equal(currentContext(), undefined, 'a context has leaked out of its handler');
    },
  },
  {
    name: 'a stream sees the context of its request to the end',
    promise: 'context',
    async run(world) {
      const ended: unknown[] = [];
      const { caller } = await world.pair((server) =>
        server.handle('count', async function* (count) {
          try {
            for (const _ of counted(count as number)) yield currentContext()?.envelope.headers?.['who'];
          } finally {
            ended.push(currentContext()?.envelope.headers?.['who']);
          }
        }),
      );
      // More than a window, so that later values are asked for by credit.
      const read = async (who: string) => {
        const values: unknown[] = [];
        const stream = caller.client.stream('count', 300, { headers: { who } });
        for await (const value of stream) values.push(value);
        return values;
      };
      const [one, other] = await Promise.all([read('one'), read('other')]);
      assert.deepEqual(new Set(one), new Set(['one']));
      assert.deepEqual(new Set(other), new Set(['other']));
      assert.deepEqual(ended.sort(), ['one', 'other']);
      for await (const _ of caller.client.stream('count', 300, { headers: { who: 'left' } })) break;
      await world.eventually(() => ended.includes('left'));
    },
  },
  {
    name: 'what a handler is answered, it is answered in its own context',
    promise: 'context',
    async run(world) {
      const who = () => currentContext()?.envelope.headers?.['who'];
      const inner = await world.pair((server) =>
        server.handle('count', async function* () {
          yield* counted(3);
        }),
      );
      const { caller } = await world.pair(
        (server, { client }) =>
          server.handle('outer', async () => {
            const seen: unknown[] = [];
            const next = () => void seen.push(who());
            await new Promise<void>((resolve, error) => {
              const complete = () => resolve(next());
              client.observe('count', 1, {}, { next, complete, error });
            });
            for await (const _ of client.stream('count')) next();
            await client.request('count').then(next);
            return seen;
          }),
        { to: inner.service },
      );
      const [one, other] = await Promise.all(
        ['one', 'other'].map((who) => caller.client.request('outer', 1, { headers: { who } })),
      );
      assert.deepEqual(
        one,
        counted(8).map(() => 'one'),
      );
      assert.deepEqual(
        other,
        counted(8).map(() => 'other'),
      );
    },
  },
  {
    name: 'correlation, trace, caller and tenant pass through every hop, and causation names the one before',
    promise: 'context',
    async run(world) {
      const hops: Envelope[] = [];
      const noted = Promise.withResolvers<Envelope>();
      await world.pair((server) =>
        server.on(['noted'], { endpoint: 'note' }, (_, { envelope }) => noted.resolve(envelope)),
      );
      const inner = await world.pair((server, { client }) =>
        server.handle('inner', async (_, { envelope }) => {
          hops.push(envelope);
          await client.publish('noted', 1);
        }),
      );
      const outer = await world.pair(
        (server, { client }) =>
          server.handle('outer', async (_, { envelope }) => {
            hops.push(envelope);
            await turn();
            await client.request('inner');
          }),
        { to: inner.service },
      );
      const headers = { application: 'stays at the first hop' };
      const first = { id: 'first', pattern: 'outer', source: 'edge', headers, ...INHERITED };
      assert.deepEqual(await rawRequest(outer.caller, outer.service, first), { body: undefined });
      hops.push(await noted.promise);
      for (const hop of hops) assert.deepEqual(inherited(hop), INHERITED);
      assert.deepEqual(
        hops.map(({ source, causationId }) => [source, causationId]),
        [
          ['edge', undefined],
          [outer.service, 'first'],
          [inner.service, hops[1]?.id],
        ],
      );
      assert.deepEqual(hops[0]?.headers, headers);
      assert.deepEqual(
        hops.slice(1).map((hop) => hop.headers),
        [undefined, undefined],
      );
    },
  },
  {
    name: 'a message without a correlation begins one, and later hops keep it',
    promise: 'context',
    async run(world) {
      const inner = await world.pair((server) =>
        server.handle('inner', (_, context) => [context.envelope.id, context.correlationId]),
      );
      const { caller } = await world.pair(
        (server, { client }) =>
          server.handle('outer', async (_, context) => [
            ...[context.envelope.id, context.correlationId],
            ...((await client.request('inner')) as string[]),
          ]),
        { to: inner.service },
      );
      const seen = (await caller.client.request('outer')) as string[];
      const [outerId, outerCorrelation, innerId, innerCorrelation] = seen;
      assert.equal(outerCorrelation, outerId);
      assert.equal(innerCorrelation, outerId);
      assert.notEqual(innerId, outerId);
    },
  },
  {
    name: 'every field of an envelope arrives as it was sent, and so do headers',
    promise: 'context',
    async run(world) {
      const arrived = new Map<string, Envelope>();
      const { service, caller } = await world.pair((server) => {
        server.handle('note', (_, { envelope }) => void arrived.set(envelope.id, envelope));
        server.on(
          ['note'],
          { endpoint: 'note' },
          (_, { envelope }) => void arrived.set(envelope.id, envelope),
        );
      });
      const text = fc.string({ unit: 'grapheme', maxLength: 30 });
      const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,20}$/);
      const headers = fc.option(fc.dictionary(name, text, { minKeys: 1, maxKeys: 5 }), { nil: undefined });
      let count = 0;
      await fc.assert(
        fc.asyncProperty(envelopes, headers, async (fields, headers) => {
          const request = { ...fields, headers, id: `request-${count}`, pattern: 'note' };
          assert.deepEqual(await rawRequest(caller, service, request), { body: undefined });
          assert.deepEqual(plain(arrived.get(request.id)), plain(request));
          const event = { ...fields, headers, id: `event-${count++}`, pattern: 'note' };
          await caller.transport.publish([{ message: { envelope: createEnvelope(event), body: undefined } }]);
          await world.eventually(() => assert.deepEqual(plain(arrived.get(event.id)), plain(event)));
        }),
        { numRuns: 60 },
      );
    },
  },
];

/** Without what is not there, and without the prototypes that some decoders leave out. */
function plain(fields: object | undefined): unknown {
  return fields && (JSON.parse(JSON.stringify(fields)) as unknown);
}
