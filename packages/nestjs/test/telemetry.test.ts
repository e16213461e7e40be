import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { context, metrics, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { currentContext, InjectClient, RookeryBus, RookeryClient, RookeryModule } from '@rookery/nestjs';
import { firstValueFrom, map } from 'rxjs';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  clientOf,
  createService,
  addressOf,
  eventually,
  freshUrl,
  MEDIA,
  moduleOf,
  startService,
} from './application.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return () => {
    context.disable();
    trace.disable();
  };
});

/** The SDK of one process. */
function sdk() {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const spans = () => exporter.getFinishedSpans();
  const named = (name: string) => {
    const span = spans().find((each) => each.name === name);
    if (!span)
      throw new Error(
        `no span '${name}' among ${spans()
          .map((each) => each.name)
          .join(', ')}`,
      );
    return span;
  };
  return { tracerProvider, spans, named };
}

const active = () => trace.getSpanContext(context.active())?.spanId;

@Controller()
class UsersController {
  constructor(private readonly bus: RookeryBus) {}

  @MessagePattern('users.create')
  async create(user: { name: string }) {
    await this.bus.publish('user.created', user);
    trace.getTracer('pg').startSpan('INSERT').end();
    return { id: 1 };
  }
}

@Controller()
class FailController {
  @MessagePattern('fails')
  fails() {
    throw new TypeError('no');
  }
}

const welcomed: unknown[] = [];

@Controller()
class MailController {
  @EventPattern('user.created')
  created(user: unknown) {
    welcomed.push(user);
  }
}

@Controller()
class GatewayController {
  constructor(@InjectClient('users') private readonly users: RookeryClient) {}

  @Post('users')
  create() {
    return firstValueFrom(
      this.users.send<{ id: number }>('users.create', { name: 'Ada' }).pipe(map(({ id }) => ({ id }))),
    );
  }
}

describe.each(MEDIA)('traces over %s', (medium) => {
  test('an HTTP request with a traceparent, what it calls, and the event of that are one trace over two SDKs', async () => {
    welcomed.length = 0;
    const [front, back] = [sdk(), sdk()];
    trace.setGlobalTracerProvider(back.tracerProvider); // for the span of 'pg'
    const mailUrl = freshUrl(medium);
    const mail = await startService(medium, moduleOf([MailController]), {
      service: 'mail',
      url: mailUrl,
      telemetry: back,
    });
    const url = medium === 'memory' ? mailUrl : freshUrl(medium);
    const usersModule = RookeryModule.forRoot({
      service: 'users',
      url,
      services: { mail: mail.url },
      telemetry: back,
    });
    const users = await startService(medium, moduleOf([UsersController], [], [usersModule as never]), {
      service: 'users',
      url,
      telemetry: back,
    });
    @Module({
      imports: [
        RookeryModule.forRoot({ service: 'gateway', url, services: { users: users.url }, telemetry: front }),
        RookeryModule.forFeature(['users']),
      ],
      controllers: [GatewayController],
    })
    class GatewayModule {}
    const app = await NestFactory.create(GatewayModule, { logger: false });
    onTestFinished(() => app.close());
    await app.listen(0, '127.0.0.1');
    const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'peer=1' };
    const response = await fetch(`${await app.getUrl()}/users`, { method: 'POST', headers });
    expect(await response.json()).toEqual({ id: 1 });
    await eventually(() => expect(back.spans()).toHaveLength(4));
    const chain = [
      [front.named('users/users.create'), SpanKind.CLIENT],
      [back.spans().find(({ name }) => name === 'users/users.create')!, SpanKind.SERVER],
      [back.named('publish user.created'), SpanKind.PRODUCER],
      [back.named('process user.created'), SpanKind.CONSUMER],
    ] as const;
    let parent = spanId;
    for (const [span, kind] of chain) {
      expect(span.kind).toBe(kind);
      expect(span.spanContext().traceId).toBe(traceId);
      expect(span.spanContext().traceState?.serialize()).toBe('peer=1');
      expect(span.parentSpanContext?.spanId).toBe(parent);
      parent = span.spanContext().spanId;
    }
    expect(back.named('INSERT').parentSpanContext?.spanId).toBe(chain[1][0].spanContext().spanId);
    expect(front.spans()).toHaveLength(1);
    expect(welcomed).toEqual([{ name: 'Ada' }]);
  });

  test('Nest’s processing hooks are called within the message’s context and span', async () => {
    const { tracerProvider, spans } = sdk();
    const seen: unknown[] = [];
    const { app, strategy } = await createService(medium, moduleOf([MailController, FailController]), {
      telemetry: { tracerProvider },
    });
    const look = (when: string) => seen.push([when, currentContext()?.messageId, active()]);
    strategy.setOnProcessingStartHook((_transport, _context, done) => {
      look('start');
      void done();
    });
    strategy.setOnProcessingEndHook(() => look('end'));
    await app.listen();
    const client = clientOf(addressOf(strategy));
    await client.request('fails', 0).catch(() => undefined);
    const served = await eventually(() => {
      expect(spans()).toHaveLength(1);
      return spans()[0]!;
    });
    const id = served.attributes['rookery.message.id'];
    const within = served.spanContext().spanId;
    expect(seen).toEqual([
      ['start', id, within],
      ['end', id, within],
    ]);
    seen.length = 0;
    client.emit('user.created', 0);
    const handled = await eventually(() => {
      expect(spans()).toHaveLength(2);
      return spans()[1]!;
    });
    const event = [handled.attributes['messaging.message.id'], handled.spanContext().spanId];
    expect(seen).toEqual([
      ['start', ...event],
      ['end', ...event],
    ]);
    expect(handled.attributes['messaging.destination.subscription.name']).toBe('MailController.created');
  });

  test('an SDK that is registered after the service has started counts both sides', async () => {
    const { url } = await startService(medium, moduleOf([FailController]));
    const client = clientOf(url);
    await client.request('fails', 0).catch(() => undefined);
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(meterProvider);
    onTestFinished(async () => {
      metrics.disable();
      await meterProvider.shutdown();
    });
    await client.request('fails', 0).catch(() => undefined);
    await meterProvider.forceFlush();
    const all = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    for (const side of ['client', 'server']) {
      const { dataPoints } = all.find(({ descriptor }) => descriptor.name === `rpc.${side}.call.duration`)!;
      expect(dataPoints).toMatchObject([
        { attributes: { 'rpc.method': 'tested/fails', 'error.type': 'TypeError' }, value: { count: 1 } },
      ]);
    }
  });
});
