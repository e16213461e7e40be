import {
  Body,
  Controller,
  Get,
  Module,
  NotFoundException,
  Post,
  UseGuards,
  type CanActivate,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload, type MicroserviceOptions } from '@nestjs/microservices';
import {
  callContext,
  currentContext,
  InjectClient,
  rookery,
  RookeryBus,
  RookeryClient,
  RookeryContext,
  RookeryModule,
  type RookeryModuleOptions,
} from '@rookery/nestjs';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, freshUrl, moduleOf, startService } from './application.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

/** What a context says of itself. */
function said(
  context: Pick<
    RookeryContext,
    'correlationId' | 'traceparent' | 'tracestate' | 'caller' | 'tenant' | 'baggage'
  >,
) {
  const { correlationId, traceparent, tracestate, caller, tenant } = context;
  return {
    correlationId,
    traceparent,
    tracestate,
    caller,
    tenant,
    baggage: Object.fromEntries(context.baggage),
  };
}

const events: unknown[] = [];

@Controller()
class UsersController {
  @MessagePattern('who')
  async who(@Ctx() context: RookeryContext) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(callContext()).toBe(currentContext());
    return said(context);
  }

  @EventPattern<string>('seen')
  seen(@Payload() data: unknown, @Ctx() context: RookeryContext) {
    events.push({ data, ...said(context) });
  }
}

class TenantGuard implements CanActivate {
  canActivate() {
    callContext()?.identify({ tenant: 'from-guard', caller: 'user-1' });
    return true;
  }
}

@Controller()
class GatewayController {
  constructor(
    @InjectClient('users') private readonly users: RookeryClient,
    private readonly bus: RookeryBus,
  ) {}

  @Get('who')
  async who() {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return this.users.request('who', 0);
  }

  @Post('who')
  async post(@Body() body: unknown) {
    await this.bus.publish('seen', body);
    return firstValueFrom(this.users.send('who', 0));
  }

  @Get('guarded')
  @UseGuards(TenantGuard)
  guarded() {
    return this.users.request('who', 0);
  }

  @Get('missing')
  missing() {
    throw new NotFoundException();
  }
}

const inMiddleware: (string | undefined)[] = [];

async function gateway(options: Partial<RookeryModuleOptions> = {}, prefix?: string) {
  const url = freshUrl('memory');
  await startService('memory', moduleOf([UsersController]), { service: 'users', url });
  @Module({
    imports: [
      RookeryModule.forRoot({ service: 'gateway', url, ...options }),
      RookeryModule.forRoot({ service: 'gateway', url, name: 'further' }),
      RookeryModule.forFeature(['users']),
    ],
    controllers: [GatewayController],
  })
  class GatewayModule implements NestModule {
    configure(consumer: MiddlewareConsumer) {
      const look = (_request: unknown, _response: unknown, next: () => void) => {
        inMiddleware.push(callContext()?.correlationId);
        next();
      };
      consumer.apply(look).forRoutes(GatewayController);
    }
  }
  const app = await NestFactory.create(GatewayModule, { logger: false, abortOnError: false });
  onTestFinished(() => app.close());
  if (prefix !== undefined) app.setGlobalPrefix(prefix, { exclude: ['guarded'] });
  const own = rookery({ service: 'gateway', url });
  app.connectMicroservice<MicroserviceOptions>(own);
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const base = await app.getUrl();
  return async (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) => {
    const response = await fetch(base + path, {
      ...init,
      headers: { ...headers, ...(init.headers as object) },
    });
    const body = (await response.json()) as Record<string, unknown>;
    return { body, status: response.status, correlation: response.headers.get('x-correlation-id') };
  };
}

test('what a request carries goes with all that is called for it, and the response says the correlation id', async () => {
  const ask = await gateway();
  const headers = {
    'x-correlation-id': 'order-7',
    'x-request-id': 'other',
    traceparent,
    tracestate: 'a=1, b=2',
    baggage: 'plan=gold',
  };
  const { body, correlation } = await ask('/who', headers);
  const expected = {
    correlationId: 'order-7',
    traceparent,
    tracestate: 'a=1,b=2',
    baggage: { plan: 'gold' },
  };
  expect(body).toEqual(expected);
  expect(correlation).toBe('order-7');
  expect(inMiddleware.at(-1)).toBe('order-7');
  const json = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
  expect((await ask('/who', headers, json)).body).toEqual(expected);
  await eventually(() => expect(events).toEqual([{ data: { a: 1 }, ...expected }]));
});

test('without headers there is a fresh correlation id, one for the request; also when the route is missing or fails', async () => {
  const ask = await gateway();
  const first = await ask('/who');
  const second = await ask('/who');
  expect(first.correlation).toMatch(/^[0-9a-z]{20}$/);
  expect(first.body).toEqual({ correlationId: first.correlation, baggage: {} });
  expect(second.correlation).not.toBe(first.correlation);
  expect(await ask('/who', { 'x-request-id': 'r-1' })).toMatchObject({
    body: { correlationId: 'r-1' },
    correlation: 'r-1',
  });
  for (const path of ['/missing', '/no/such/route']) {
    expect(await ask(path, { 'x-request-id': 'r-1' })).toMatchObject({ status: 404, correlation: 'r-1' });
  }
});

test('requests at one time see each their own', async () => {
  const ask = await gateway();
  const ids = Array.from({ length: 20 }, (_, index) => `c-${index}`);
  const answers = await Promise.all(ids.map((id) => ask('/who', { 'x-correlation-id': id })));
  expect(answers.map(({ body }) => body['correlationId'])).toEqual(ids);
});

test.each([
  ['too long a correlation id', { 'x-correlation-id': 'x'.repeat(129) }],
  ['spaces in it', { 'x-correlation-id': 'a b' }],
  ['a control character in it', { 'x-correlation-id': 'a\tb' }],
  ['a malformed traceparent', { traceparent: `00-${traceId}-b7ad6b7169203331`, tracestate: 'a=1' }],
  ['the version that is none', { traceparent: traceparent.replace('00-', 'ff-'), tracestate: 'a=1' }],
  ['a tracestate alone', { tracestate: 'a=1' }],
  ['baggage that is too long', { baggage: `a=${'x'.repeat(8_192)}` }],
  ['a tenant and a caller', { tenant: 'acme', 'x-tenant': 'acme', 'x-caller': 'root', caller: 'root' }],
])('%s is not taken', async (_, headers) => {
  const { body, correlation } = await (await gateway())('/who', headers);
  expect(body).toEqual({ correlationId: correlation, baggage: {} });
  expect(correlation).toMatch(/^[0-9a-z]{20}$/);
});

test('of a traceparent of a version to come, what is known goes on; a malformed tracestate does not', async () => {
  const ask = await gateway();
  const { body } = await ask('/who', { traceparent: `01-${traceparent.slice(3)}-more`, tracestate: '=' });
  expect(body).toMatchObject({ traceparent });
  expect(body).not.toHaveProperty('tracestate');
});

test('within a global prefix, and beside it', async () => {
  const ask = await gateway({}, 'api');
  for (const path of ['/api/who', '/guarded']) {
    const { body, correlation } = await ask(path, { 'x-request-id': 'r-1' });
    expect([body['correlationId'], correlation]).toEqual(['r-1', 'r-1']);
  }
});

test('a guard says who it is', async () => {
  const ask = await gateway();
  expect((await ask('/guarded')).body).toMatchObject({ tenant: 'from-guard', caller: 'user-1' });
});

test('headers that are named are believed, and what is switched off is not', async () => {
  const ask = await gateway({
    http: {
      tenantHeader: 'X-Tenant',
      callerHeader: 'X-Caller',
      correlationHeaders: ['X-Own'],
      responseHeader: 'x-own',
      trace: false,
      baggage: false,
    },
  });
  const headers = { 'x-tenant': 'acme', 'x-caller': 'bob', 'x-own': 'c-1', traceparent, baggage: 'a=1' };
  const { body, correlation } = await ask('/who', headers);
  expect(body).toEqual({ correlationId: 'c-1', tenant: 'acme', caller: 'bob', baggage: {} });
  expect(correlation).toBeNull();
});

test('http: false leaves requests alone', async () => {
  const ask = await gateway({ http: false });
  const { body, correlation } = await ask('/who', { 'x-correlation-id': 'c-1' });
  expect(body['correlationId']).not.toBe('c-1');
  expect(correlation).toBeNull();
});
