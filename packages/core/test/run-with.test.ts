import { seededRandom, turn, VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';
import { callContext, currentContext, runInContext } from '../src/context/ambient.js';
import { isCorrelationId } from '../src/context/correlation-id.js';
import { logFields } from '../src/context/log-fields.js';
import { MessageContext } from '../src/context/message-context.js';
import { runWith } from '../src/context/run-with.js';
import { createEnvelope } from '../src/envelope/envelope.js';
import { handClient } from './hand-transport.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const message = () =>
  new MessageContext(
    createEnvelope({
      id: 'm1',
      pattern: 'p',
      correlationId: 'order-7',
      traceparent,
      tracestate: 'a=1',
      baggage: 'plan=gold',
      caller: 'alice',
      tenant: 'acme',
      timeout: 1_000,
    }),
    'orders',
    1,
    new VirtualClock(),
  );

/** What a call and an event that are made here carry. */
async function carried({ client, transport } = handClient({ from: 'gateway' })) {
  client.request('p').catch(() => undefined);
  await client.publish('p', 0);
  const request = transport.calls.at(-1)!.message.envelope;
  const event = transport.published.at(-1)!.message.envelope;
  const { correlationId, causationId, baggage, caller, tenant } = event;
  for (const envelope of [request, event]) {
    expect(envelope).toMatchObject({ correlationId, causationId, baggage, caller, tenant });
  }
  return request;
}

test('what is set at the edge goes with all that is called below it, however deep', async () => {
  const fields = {
    correlationId: 'c-1',
    tenant: 'acme',
    caller: 'nightly',
    baggage: { plan: 'gold & more' },
    traceparent,
    tracestate: 'a=1',
  };
  const envelope = await runWith(fields, async () => {
    await turn();
    expect(callContext()).toMatchObject({
      correlationId: 'c-1',
      tenant: 'acme',
      caller: 'nightly',
      traceparent,
    });
    expect([currentContext(), callContext()?.messageId]).toEqual([undefined, undefined]);
    return carried();
  });
  expect(envelope).toMatchObject({
    ...fields,
    baggage: 'plan=gold%20%26%20more',
    source: 'gateway',
    causationId: undefined,
  });
  expect(callContext()).toBeUndefined();
});

test('an edge without a correlation id has one of its own, the same for all its calls', async () => {
  const ids = await runWith(
    {},
    async () => [await carried(), await carried(), callContext()],
    seededRandom(1),
  );
  const [first, second, third] = ids.map((each) => each?.correlationId);
  expect(first).toMatch(/^[0-9a-z]{20}$/);
  expect([second, third]).toEqual([first, first]);
});

test('below a handler it changes what it names, and keeps the rest: time, cancel, cause', async () => {
  const context = message();
  await runInContext(context, () =>
    runWith({ tenant: 'other', baggage: { more: '1' } }, async () => {
      expect(currentContext()).toBe(context);
      const side = handClient();
      const envelope = await carried(side);
      expect(envelope).toMatchObject({
        tenant: 'other',
        caller: 'alice',
        correlationId: 'order-7',
        causationId: 'm1',
        source: 'orders',
        traceparent,
        tracestate: 'a=1',
        baggage: 'plan=gold,more=1',
        timeout: 1_000,
      });
      expect(side.transport.calls[0]!.cancelled).toBe(0);
      context.cancel('the caller is gone');
      expect(side.transport.calls[0]!.cancelled).toBe(1);
    }),
  );
  expect([context.tenant, context.baggage.size]).toEqual(['acme', 1]);
});

test('another trace leaves the tracestate of the first behind', async () => {
  const other = traceparent.replace('0af7', 'ffff');
  const envelope = await runInContext(message(), () => runWith({ traceparent: other }, () => carried()));
  expect(envelope).toMatchObject({ traceparent: other, tracestate: undefined });
});

test('baggage that is set below a handler goes with the calls made from then on', async () => {
  await runInContext(message(), async () => {
    expect(callContext()?.baggage.get('plan')).toBe('gold');
    expect((await carried()).baggage).toBe('plan=gold');
    callContext()?.baggage.set('shard', '7');
    expect((await carried()).baggage).toBe('plan=gold,shard=7');
  });
});

test('a guard says who it is; what it does not say stays', async () => {
  const context = message();
  await runInContext(context, async () => {
    context.identify({ tenant: 'found-out' });
    expect(await carried()).toMatchObject({ tenant: 'found-out', caller: 'alice' });
  });
  await runWith({}, async () => {
    callContext()?.identify({ caller: 'user-1', tenant: 't' });
    expect(await carried()).toMatchObject({ caller: 'user-1', tenant: 't' });
  });
});

test('two edges and two handlers of one turn never see each other’s', async () => {
  const seen: string[] = [];
  const look = async (name: string) => {
    for (let count = 0; count < 3; count++) {
      seen.push(
        `${name}: ${callContext()?.correlationId} ${callContext()?.tenant} ${logFields()?.correlationId}`,
      );
      await turn();
    }
  };
  const handler = (id: string) =>
    new MessageContext(createEnvelope({ id, pattern: 'p', tenant: `t-${id}` }), 's', 1, new VirtualClock());
  await Promise.all([
    runWith({ correlationId: 'e1', tenant: 't-e1' }, () => look('e1')),
    runInContext(handler('m1'), () => look('m1')),
    runInContext(handler('m2'), () => look('m2')),
    runWith({ correlationId: 'e2', tenant: 't-e2' }, () => look('e2')),
  ]);
  expect(new Set(seen)).toEqual(new Set(['e1', 'm1', 'm2', 'e2'].map((id) => `${id}: ${id} t-${id} ${id}`)));
  expect(seen).toHaveLength(12);
});

test('a log line is told what is known, and nothing outside of all', () => {
  expect(logFields()).toBeUndefined();
  expect(runInContext(message(), logFields)).toEqual({
    correlationId: 'order-7',
    messageId: 'm1',
    tenant: 'acme',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
  });
  expect(runWith({ correlationId: 'c' }, logFields)).toEqual({ correlationId: 'c' });
  expect(runWith({ correlationId: 'c', traceparent: 'nonsense' }, logFields)).toEqual({ correlationId: 'c' });
});

test('a correlation id from outside is short and visible', () => {
  for (const good of ['1', 'order-7', 'x'.repeat(128), '{"a":1}']) expect(isCorrelationId(good)).toBe(true);
  for (const bad of ['', 'a b', 'a\nb', 'é', 'x'.repeat(129), '\u001b[31m'])
    expect(isCorrelationId(bad)).toBe(false);
});
