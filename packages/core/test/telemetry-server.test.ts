import { propagation, SpanKind, SpanStatusCode, trace, context } from '@opentelemetry/api';
import { turn } from '@rookery/testing';
import { expect, test } from 'vitest';
import { runWith } from '../src/context/run-with.js';
import { Unavailable } from '../src/errors/conditions.js';
import { handServer } from './hand-transport.js';
import { recordedMetrics, recordedSpans, withActiveContext } from './recorded-telemetry.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${spanId}-01`;

test('a request has a SERVER span, child of its caller’s, active below the handler', async () => {
  withActiveContext();
  const spans = recordedSpans();
  const { server, ask } = handServer({ telemetry: spans });
  server.handle('users.get', async () => {
    await turn();
    const tracer = spans.tracerProvider.getTracer('pg');
    tracer.startSpan('SELECT').end();
    expect(propagation.getActiveBaggage()?.getEntry('plan')?.value).toBe('gold');
    return 'ada';
  });
  await server.start();
  const { heard } = ask('users.get', {
    traceparent,
    tracestate: 'a=1',
    baggage: 'plan=gold',
    correlationId: 'c-1',
  });
  await turn();
  await turn();
  expect(heard).toEqual([['"ada"', 'last']]);
  const span = spans.named('users/users.get');
  expect(span.kind).toBe(SpanKind.SERVER);
  expect(span.parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true });
  expect(span.spanContext().traceState?.serialize()).toBe('a=1');
  expect(span.attributes).toEqual({
    'rpc.system.name': 'rookery',
    'rpc.method': 'users/users.get',
    'rpc.status_code': 'OK',
    'rookery.message.id': 'm1',
    'rookery.correlation_id': 'c-1',
  });
  expect(span.status.code).toBe(SpanStatusCode.UNSET);
  const below = spans.named('SELECT');
  expect(below.parentSpanContext?.spanId).toBe(span.spanContext().spanId);
  expect(below.spanContext().traceId).toBe(traceId);
});

test('without trace context it begins a trace; a malformed one is as none', async () => {
  const spans = recordedSpans();
  const { server, ask } = handServer({ telemetry: spans });
  server.handle('a', () => 1);
  server.handle('b', () => 1);
  await server.start();
  ask('a');
  ask('b', { traceparent: 'nonsense', tracestate: 'x' });
  for (const name of ['users/a', 'users/b']) expect(spans.named(name).parentSpanContext).toBeUndefined();
});

test.each([
  ['an Error', new TypeError('no'), 'TypeError', 'HANDLER_ERROR', SpanStatusCode.ERROR],
  [
    'an Error with a code',
    Object.assign(new Error('no'), { code: 'E_OWN' }),
    'E_OWN',
    'E_OWN',
    SpanStatusCode.ERROR,
  ],
  ['one of Rookery’s', new Unavailable('later'), 'UNAVAILABLE', 'UNAVAILABLE', SpanStatusCode.ERROR],
  ['a plain value', { status: 'error' }, '_OTHER', 'HANDLER_ERROR', SpanStatusCode.ERROR],
  ['nothing', undefined, '_OTHER', 'HANDLER_ERROR', SpanStatusCode.ERROR],
  [
    'what the caller did wrong',
    Object.assign(new Error('no'), { status: 404 }),
    'Error',
    'HANDLER_ERROR',
    SpanStatusCode.UNSET,
  ],
])('a handler that throws %s', async (_, error, errorType, code, status) => {
  const spans = recordedSpans();
  const metrics = recordedMetrics();
  const { server, ask, clock } = handServer({ telemetry: { ...spans, ...metrics } });
  server.handle('p', () => {
    clock.stall(250);
    throw error as Error;
  });
  await server.start();
  ask('p');
  const { attributes, status: told } = spans.named('users/p');
  expect(attributes).toMatchObject({ 'error.type': errorType, 'rpc.status_code': code });
  expect(told.code).toBe(status);
  expect(await metrics.points('rpc.server.call.duration')).toEqual([
    {
      attributes: {
        'rpc.system.name': 'rookery',
        'rpc.method': 'users/p',
        'rpc.status_code': code,
        'error.type': errorType,
      },
      value: 0.25,
      count: 1,
    },
  ]);
});

test('a stream lasts to its end, and is counted as active until then', async () => {
  const spans = recordedSpans();
  const metrics = recordedMetrics();
  const { server, ask, clock } = handServer({ telemetry: { ...spans, ...metrics } });
  server.handle('numbers', async function* () {
    yield 1;
    yield 2;
  });
  await server.start();
  const { call } = ask('numbers');
  await turn();
  clock.stall(1_000);
  const active = [{ attributes: { 'rpc.system.name': 'rookery', 'rpc.method': 'users/numbers' }, value: 1 }];
  expect(await metrics.points('rookery.server.active_requests')).toEqual(active);
  expect(spans.all()).toEqual([]);
  call.credit(10);
  await turn();
  expect(spans.named('users/numbers').status.code).toBe(SpanStatusCode.UNSET);
  expect(await metrics.points('rpc.server.call.duration')).toMatchObject([{ value: 1, count: 1 }]);
  expect(await metrics.points('rookery.server.active_requests')).toMatchObject([{ value: 0 }]);
});

test('a caller that gives up is no error of the service', async () => {
  const spans = recordedSpans();
  const { server, ask } = handServer({ telemetry: spans });
  server.handle('p', () => new Promise(() => undefined));
  await server.start();
  ask('p').call.cancel();
  const { attributes, status } = spans.named('users/p');
  expect([attributes['error.type'], status.code]).toEqual(['CANCELLED', SpanStatusCode.UNSET]);
});

test('what is shed has a span and is counted, and what waited says how long in all', async () => {
  const spans = recordedSpans();
  const metrics = recordedMetrics();
  const requests = { concurrency: 1, queue: 1 };
  const { server, ask, clock } = handServer({ telemetry: { ...spans, ...metrics }, requests });
  const release: (() => void)[] = [];
  server.handle('p', () => new Promise<void>((resolve) => release.push(resolve)));
  await server.start();
  for (let count = 0; count < 3; count++) ask('p');
  expect(spans.named('users/p').attributes).toMatchObject({
    'error.type': 'OVERLOADED',
    'rpc.status_code': 'OVERLOADED',
  });
  clock.stall(100);
  release[0]!();
  await turn();
  await clock.advance(100);
  release[1]!();
  await turn();
  const took = (await metrics.points('rpc.server.call.duration')).map(({ attributes, value, count }) => [
    attributes['error.type'],
    count,
    Math.round(value * 10) / 10,
  ]);
  expect(took).toEqual([
    ['OVERLOADED', 1, 0],
    [undefined, 2, 0.3],
  ]);
});

test('wildcards and unknown patterns do not make as many names as there are messages', async () => {
  const spans = recordedSpans();
  const { server, ask } = handServer({ telemetry: spans });
  server.handle('users.*.get', () => 1);
  await server.start();
  ask('users.7.get');
  ask('no.such');
  expect(spans.named('users/users.*.get').attributes['rpc.method_original']).toBe('users/users.7.get');
  expect(spans.named('rookery').attributes).toMatchObject({
    'rpc.method': '_OTHER',
    'rpc.method_original': 'users/no.such',
    'error.type': 'NO_HANDLER',
  });
});

test('two requests of one turn are each below their own span', async () => {
  withActiveContext();
  const spans = recordedSpans();
  const { server, ask } = handServer({ telemetry: spans });
  server.handle('p', async (name) => {
    for (let count = 0; count < 3; count++) await turn();
    spans.tracerProvider
      .getTracer('t')
      .startSpan(`below ${String(name)}`)
      .end();
  });
  await server.start();
  const other = traceparent.replace('0af7', 'ffff');
  ask('p', { body: '"a"', traceparent });
  ask('p', { body: '"b"', traceparent: other });
  for (let count = 0; count < 5; count++) await turn();
  expect(spans.named('below a').spanContext().traceId).toBe(traceId);
  expect(spans.named('below b').spanContext().traceId).toBe(other.slice(3, 35));
});

test('an SDK that is registered late is found, and one that goes is forgotten', async () => {
  const spans = recordedSpans();
  const { server, ask } = handServer();
  server.handle('p', () => 1);
  await server.start();
  ask('p');
  trace.setGlobalTracerProvider(spans.tracerProvider);
  ask('p');
  trace.disable();
  ask('p');
  expect(spans.all().map(({ name }) => name)).toEqual(['users/p']);
});

test('a trace that is named below a span goes before it', () => {
  withActiveContext();
  const spans = recordedSpans();
  const tracer = spans.tracerProvider.getTracer('t');
  tracer.startActiveSpan('outer', (outer) => {
    runWith({ traceparent }, () => tracer.startSpan('inner').end());
    runWith({ tenant: 't' }, () => tracer.startSpan('beside').end());
    outer.end();
  });
  expect(spans.named('inner').spanContext().traceId).toBe(traceId);
  expect(spans.named('beside').parentSpanContext?.spanId).toBe(spans.named('outer').spanContext().spanId);
  expect(trace.getSpanContext(context.active())).toBeUndefined();
});
