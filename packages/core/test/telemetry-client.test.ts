import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { rejection } from '@rookery/testing';
import { expect, test } from 'vitest';
import { runWith } from '../src/context/run-with.js';
import { Unavailable } from '../src/errors/conditions.js';
import { encodeFailure } from '../src/errors/wire.js';
import { handClient } from './hand-transport.js';
import { recordedMetrics, recordedSpans, withActiveContext } from './recorded-telemetry.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${spanId}-01`;

function observed(options: Parameters<typeof handClient>[0] = {}) {
  const spans = recordedSpans();
  const metrics = recordedMetrics();
  return { ...handClient({ telemetry: { ...spans, ...metrics }, ...options }), spans, metrics };
}

test('a call has a CLIENT span, child of what is active, and carries it', async () => {
  withActiveContext();
  const { client, transport, clock, spans, metrics } = observed();
  const tracer = spans.tracerProvider.getTracer('t');
  const answer = tracer.startActiveSpan('outer', (outer) => {
    outer.end();
    return client.request('users.get', 7);
  });
  clock.stall(500);
  const attributes = { 'rpc.system.name': 'rookery', 'rpc.method': 'users/users.get' };
  expect(await metrics.points('rookery.client.active_requests')).toEqual([{ attributes, value: 1 }]);
  transport.calls[0]!.sink.reply('1', true);
  await answer;
  const span = spans.named('users/users.get');
  const { envelope } = transport.calls[0]!.message;
  expect(span.kind).toBe(SpanKind.CLIENT);
  expect(span.parentSpanContext?.spanId).toBe(spans.named('outer').spanContext().spanId);
  expect(envelope.traceparent).toBe(`00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
  expect(span.attributes).toEqual({
    ...attributes,
    'rpc.status_code': 'OK',
    'rookery.message.id': envelope.id,
    'rookery.correlation_id': envelope.id,
    'rookery.attempts': 1,
  });
  expect(await metrics.points('rpc.client.call.duration')).toEqual([
    { attributes: { ...attributes, 'rpc.status_code': 'OK' }, value: 0.5, count: 1 },
  ]);
  expect(await metrics.points('rookery.client.active_requests')).toMatchObject([{ value: 0 }]);
  expect(await metrics.points('rookery.client.retries')).toEqual([]);
});

test('where no span is active, the trace that came with the work goes on', () => {
  const { client, transport, spans } = observed();
  void runWith({ traceparent, tracestate: 'a=1', baggage: 'b=2' }, () =>
    client.request('p').catch(() => undefined),
  );
  client.close();
  const { envelope } = transport.calls[0]!.message;
  expect(spans.named('users/p').parentSpanContext).toMatchObject({ traceId, spanId });
  expect(envelope).toMatchObject({
    traceparent: expect.stringContaining(traceId),
    tracestate: 'a=1',
    baggage: 'b=2',
  });
  expect(envelope.traceparent).not.toBe(traceparent);
});

test('a span that is active goes before the trace that came with the work', () => {
  withActiveContext();
  const { client, spans } = observed();
  runWith({ traceparent }, () =>
    spans.tracerProvider.getTracer('t').startActiveSpan('nearer', (nearer) => {
      client.request('p').catch(() => undefined);
      nearer.end();
    }),
  );
  client.close();
  expect(spans.named('users/p').parentSpanContext?.spanId).toBe(spans.named('nearer').spanContext().spanId);
  expect(spans.named('nearer').parentSpanContext?.spanId).toBe(spanId);
});

test('without an SDK, or with one for metrics only, trace context passes as it came', () => {
  for (const telemetry of [undefined, recordedMetrics()]) {
    const { client, transport } = handClient({ telemetry });
    void runWith({ traceparent, tracestate: 'a=1', baggage: 'b=2' }, () =>
      client.request('p').catch(() => undefined),
    );
    expect(transport.calls[0]!.message.envelope).toMatchObject({
      traceparent,
      tracestate: 'a=1',
      baggage: 'b=2',
    });
    client.close();
  }
});

test('all tries of a call are one span', async () => {
  const { client, transport, clock, spans, metrics } = observed();
  const answer = client.request('p');
  for (const index of [0, 1]) {
    transport.calls[index]!.sink.lost(new Unavailable('gone'));
    await clock.advance(2_000);
  }
  transport.calls[2]!.sink.reply('1', true);
  await answer;
  expect(spans.named('users/p').attributes).toMatchObject({ 'rookery.attempts': 3, 'rpc.status_code': 'OK' });
  expect(new Set(transport.calls.map(({ message }) => message.envelope.traceparent)).size).toBe(1);
  expect(await metrics.points('rookery.client.retries')).toMatchObject([{ value: 2 }]);
});

test.each([
  ['an error of the handler', encodeFailure(new TypeError('no'), false), 'TypeError', 'HANDLER_ERROR'],
  [
    'one with a code',
    encodeFailure(Object.assign(new Error('no'), { code: 'E_OWN' }), false),
    'E_OWN',
    'E_OWN',
  ],
  ['a thrown value', encodeFailure({ status: 'error' }, false), '_OTHER', 'HANDLER_ERROR'],
])('a call that fails with %s', async (_, failure, errorType, code) => {
  const { client, transport, spans, metrics } = observed();
  const failed = rejection(client.request('p'));
  transport.calls[0]!.sink.fail(failure);
  await failed;
  const { attributes, status } = spans.named('users/p');
  expect(attributes).toMatchObject({ 'error.type': errorType, 'rpc.status_code': code });
  expect(status.code).toBe(SpanStatusCode.ERROR);
  expect(await metrics.points('rpc.client.call.duration')).toMatchObject([
    { attributes: { 'error.type': errorType }, count: 1 },
  ]);
});

test('a deadline is a failure; a refused call too, that was never sent', async () => {
  const { client, clock, spans } = observed({ timeout: 100, retry: false, bulkhead: { limit: 1 } });
  const late = rejection(client.request('p'));
  await rejection(client.request('q'));
  await clock.advance(200);
  await late;
  expect(spans.named('users/p').attributes).toMatchObject({
    'error.type': 'DEADLINE_EXCEEDED',
    'rookery.attempts': 1,
  });
  expect(spans.named('users/q').attributes).toMatchObject({
    'error.type': 'BULKHEAD_FULL',
    'rookery.attempts': 0,
  });
});

test('a fallback’s answer is none of the service', async () => {
  const { client, transport, spans } = observed({ retry: false, fallback: { value: 'else' } });
  const answer = client.request('p');
  transport.calls[0]!.sink.lost(new Unavailable('gone'));
  expect(await answer).toBe('else');
  const { attributes, status } = spans.named('users/p');
  expect(attributes).toMatchObject({ 'rpc.status_code': 'OK', 'rookery.fallback_for': 'UNAVAILABLE' });
  expect(status.code).toBe(SpanStatusCode.UNSET);
});

test('a stream lasts to its end, or until its reader leaves, which is no failure', async () => {
  const { client, transport, clock, spans, metrics } = observed();
  const whole = client.stream('whole');
  const left = client.stream('left');
  for (const { sink } of transport.calls) sink.reply('1', false);
  clock.stall(1_000);
  expect(spans.all()).toEqual([]);
  await left.return!();
  transport.calls[0]!.sink.reply(undefined, true);
  for (const name of ['whole', 'left']) {
    expect(spans.named(`users/${name}`).attributes).toMatchObject({ 'rpc.status_code': 'OK' });
  }
  expect(await metrics.points('rpc.client.call.duration')).toMatchObject([{ value: 1 }, { value: 1 }]);
  await whole.return!();
});

test('a stream that fails half way has failed', async () => {
  const { client, transport, spans } = observed();
  const stream = client.stream('p');
  transport.calls[0]!.sink.reply('1', false);
  transport.calls[0]!.sink.fail(encodeFailure(new TypeError('no'), false));
  await stream.next();
  await rejection(stream.next());
  expect(spans.named('users/p').attributes).toMatchObject({ 'error.type': 'TypeError' });
});

test('an observer is called with what was active where the call was made', () => {
  withActiveContext();
  const { client, transport, spans } = observed();
  const active = () => trace.getSpanContext(context.active())?.spanId;
  const seen: unknown[] = [];
  const observer = {
    next: () => seen.push(active()),
    complete: () => seen.push(active()),
    error: () => undefined,
  };
  const tracer = spans.tracerProvider.getTracer('t');
  const expected = tracer.startActiveSpan('caller', (span) => {
    client.observe('p', 0, {}, observer);
    return span.spanContext().spanId;
  });
  tracer.startActiveSpan('another message', () => transport.calls[0]!.sink.reply('1', true));
  expect(seen).toEqual([expected, expected]);
});

test('describe() says whether anybody collects', () => {
  const collected = (options: Parameters<typeof handClient>[0]) => handClient(options).client.describe()[0];
  expect(collected({})).toEqual({
    name: 'telemetry',
    values: { spans: { value: false, from: 'default' }, metrics: { value: false, from: 'default' } },
  });
  expect(collected({ telemetry: recordedSpans() })?.values).toMatchObject({
    spans: { value: true, from: 'client' },
  });
});
