import { propagation, context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { turn } from '@rookery/testing';
import { expect, test } from 'vitest';
import { callContext } from '../src/context/ambient.js';
import { runWith } from '../src/context/run-with.js';
import { createEnvelope, type Envelope } from '../src/envelope/envelope.js';
import { QueueFull } from '../src/errors/conditions.js';
import type { Settlement } from '../src/transport/events.js';
import { handClient, handServer } from './hand-transport.js';
import { recordedMetrics, recordedSpans, withActiveContext } from './recorded-telemetry.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${spanId}-01`;

test('a published event has a PRODUCER span, child of what is active, and carries it', async () => {
  withActiveContext();
  const spans = recordedSpans();
  const metrics = recordedMetrics();
  const { client, transport } = handClient({ telemetry: { ...spans, ...metrics } });
  await spans.tracerProvider.getTracer('t').startActiveSpan('outer', async (outer) => {
    await client.publish('user.created', 1);
    outer.end();
  });
  const span = spans.named('publish user.created');
  const { envelope } = transport.published[0]!.message;
  expect(span.kind).toBe(SpanKind.PRODUCER);
  expect(span.parentSpanContext?.spanId).toBe(spans.named('outer').spanContext().spanId);
  expect(envelope.traceparent).toBe(`00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
  const attributes = {
    'messaging.system.name': 'rookery',
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'user.created',
  };
  expect(span.attributes).toEqual({
    ...attributes,
    'messaging.message.id': envelope.id,
    'messaging.message.conversation_id': envelope.id,
  });
  expect(await metrics.points('messaging.client.sent.messages')).toEqual([{ attributes, value: 1 }]);
  expect(await metrics.points('messaging.client.operation.duration')).toMatchObject([
    { attributes, count: 1 },
  ]);
});

test('where no span is active, the trace that came with the work goes on', async () => {
  const spans = recordedSpans();
  const { client, transport } = handClient({ telemetry: spans });
  await runWith({ traceparent, tracestate: 'a=1' }, () => client.publish('p', 1));
  expect(spans.named('publish p').parentSpanContext).toMatchObject({ traceId, spanId });
  expect(transport.published[0]!.message.envelope).toMatchObject({
    traceparent: expect.stringContaining(traceId),
    tracestate: 'a=1',
  });
});

test('without an SDK, or with one for metrics only, trace context passes as it came', async () => {
  for (const telemetry of [undefined, recordedMetrics()]) {
    const { client, transport } = handClient({ telemetry });
    await runWith({ traceparent, tracestate: 'a=1', baggage: 'b=2' }, () => client.publish('p', 1));
    const { envelope } = transport.published[0]!.message;
    expect(envelope).toMatchObject({ traceparent, tracestate: 'a=1', baggage: 'b=2' });
  }
});

test('a refused event failed', async () => {
  const spans = recordedSpans();
  const { client, transport } = handClient({ telemetry: spans });
  transport.outcome = { status: 'refused', error: new QueueFull('full') };
  await expect(client.publish('p', 1)).rejects.toThrow('full');
  const { status, attributes } = spans.named('publish p');
  expect([status, attributes['error.type']]).toEqual([
    { code: SpanStatusCode.ERROR, message: 'full' },
    'QUEUE_FULL',
  ]);
});

test('baggage that is set through OpenTelemetry travels beside that which came', async () => {
  withActiveContext();
  const { client, transport } = handClient({ telemetry: recordedSpans() });
  await runWith({ traceparent, baggage: 'came=1,both=came' }, async () => {
    const own = propagation.createBaggage({ set: { value: '2' }, both: { value: 'set' } });
    await context.with(propagation.setBaggage(context.active(), own), () => client.publish('p', 1));
    callContext()?.baggage.set('later', '3');
    await client.publish('p', 1);
  });
  const [first, second] = transport.published.map(({ message }) => message.envelope.baggage);
  expect([first, second]).toEqual(['came=1,both=set,set=2', 'came=1,both=came,later=3']);
});

async function delivered(envelope: Partial<Envelope>, handler: () => unknown, patterns = ['user.created']) {
  const spans = recordedSpans();
  const metrics = recordedMetrics();
  const { server, transport, clock } = handServer({ telemetry: { ...spans, ...metrics } });
  server.on(patterns, { endpoint: 'Mail.welcome' }, () => {
    clock.stall(500);
    return handler();
  });
  await server.start();
  const settled: Settlement[] = [];
  transport.subscriptions[0]!.subscriber({
    message: {
      envelope: createEnvelope({ id: 'e1', pattern: 'user.created', ...envelope }),
      body: undefined,
    },
    attempt: 1,
    settle: (settlement: Settlement) => void settled.push(settlement),
  });
  for (let count = 0; count < 5; count++) await turn();
  return { spans, metrics, settled };
}

test('a delivery has a CONSUMER span, child of the producer’s and linked to it, active below the handler', async () => {
  withActiveContext();
  let active: unknown;
  const { spans, metrics, settled } = await delivered({ traceparent, correlationId: 'c-1' }, async () => {
    await turn();
    active = trace.getSpanContext(context.active())?.spanId;
  });
  expect(settled).toEqual([{ outcome: 'accept' }]);
  const span = spans.named('process user.created');
  expect(span.kind).toBe(SpanKind.CONSUMER);
  expect(active).toBe(span.spanContext().spanId);
  expect(span.parentSpanContext).toMatchObject({ traceId, spanId });
  expect(span.links).toMatchObject([{ context: { traceId, spanId } }]);
  const attributes = {
    'messaging.system.name': 'rookery',
    'messaging.operation.name': 'process',
    'messaging.consumer.group.name': 'users',
    'messaging.destination.subscription.name': 'Mail.welcome',
    'messaging.destination.name': 'user.created',
  };
  expect(span.attributes).toEqual({
    ...attributes,
    'messaging.operation.type': 'process',
    'messaging.message.id': 'e1',
    'messaging.message.conversation_id': 'c-1',
    'rookery.delivery.attempt': 1,
    'rookery.settlement': 'accept',
  });
  expect(await metrics.points('messaging.process.duration')).toEqual([{ attributes, value: 0.5, count: 1 }]);
  expect(await metrics.points('messaging.client.consumed.messages')).toEqual([{ attributes, value: 1 }]);
});

test('a handler that fails says so, and what becomes of the event', async () => {
  const { spans, settled } = await delivered({}, () => {
    throw new TypeError('no');
  });
  expect(settled).toMatchObject([{ outcome: 'retry' }]);
  const { attributes, status, parentSpanContext, links } = spans.named('process user.created');
  expect(attributes).toMatchObject({ 'error.type': 'TypeError', 'rookery.settlement': 'retry' });
  expect([status.code, parentSpanContext, links]).toEqual([SpanStatusCode.ERROR, undefined, []]);
});

test('a handler with wildcards counts its events under its pattern', async () => {
  const { spans, metrics } = await delivered({ pattern: 'user.7.moved' }, () => undefined, [
    'order.>',
    'user.*.moved',
  ]);
  expect(spans.named('process user.*.moved').attributes).toMatchObject({
    'messaging.destination.template': 'user.*.moved',
    'messaging.destination.name': 'user.7.moved',
  });
  const [point] = await metrics.points('messaging.process.duration');
  expect(point!.attributes).not.toHaveProperty('messaging.destination.name');
});
