import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  getClientToken,
  InjectClient,
  RookeryClient,
  RookeryContext,
  RookeryModule,
  RookeryRecordBuilder,
  type PolicyEvent,
} from '@rookery/nestjs';
import { Unavailable } from '@rookery/core';
import { firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freshUrl, MEDIA, moduleOf, startService } from './application.js';

let failures = 0;
let handled = 0;

@Controller()
class PaymentsController {
  @MessagePattern('charge')
  charge(amount: number) {
    handled++;
    if (failures-- > 0) throw new Unavailable('the bank is closed');
    return `charged ${amount}`;
  }

  @MessagePattern('never')
  never(@Payload() _: number, @Ctx() { signal }: RookeryContext) {
    return new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

@Injectable()
class Orders {
  constructor(@InjectClient('payments') readonly payments: RookeryClient) {}
}

@Injectable()
class Refunds {
  constructor(@Inject(getClientToken('payments')) readonly payments: RookeryClient) {}
}

describe.each(MEDIA)('policies over %s', (medium) => {
  async function application() {
    failures = handled = 0;
    const { url } = await startService(medium, moduleOf([PaymentsController]), {
      service: 'payments',
      url: freshUrl(medium),
    });
    @Module({ imports: [RookeryModule.forFeature(['payments'])], providers: [Refunds] })
    class RefundsModule {}
    @Module({
      imports: [
        RookeryModule.forRoot({
          service: 'shop',
          url,
          services: { payments: url },
          timeout: 4_000,
          retry: { attempts: 4 },
          patterns: {
            never: { timeout: 100, fallback: { value: 'later' } },
            charge: { breaker: { minimum: 10, openFor: 60_000 }, retry: { budget: 1 } },
          },
        }),
        RookeryModule.forFeature(['payments', { to: 'users', timeout: 50 }]),
        RefundsModule,
      ],
      providers: [Orders],
    })
    class ShopModule {}
    const app = await NestFactory.createApplicationContext(ShopModule, { logger: false });
    onTestFinished(() => app.close());
    return { app, payments: app.get(Orders).payments };
  }

  test('what says that nothing was done is tried again without a line in the caller', async () => {
    const { payments } = await application();
    failures = 2;
    expect(await payments.request('charge', 5)).toBe('charged 5');
    failures = 1;
    expect(await firstValueFrom(payments.send('charge', 7))).toBe('charged 7');
    expect(handled).toBe(5);
    failures = 1;
    const record = new RookeryRecordBuilder(1).setIdempotent().build();
    await expect(payments.request('charge', record, { retry: false })).rejects.toThrow('the bank is closed');
  });

  test('a fallback answers, and answer() tells', async () => {
    const { payments } = await application();
    expect(await payments.request('never', 1)).toBe('later');
    expect(await payments.answer('never', 1)).toMatchObject({
      value: 'later',
      source: 'fallback',
      error: { code: 'DEADLINE_EXCEEDED' },
    });
    expect(await payments.answer('charge', 2)).toEqual({
      value: 'charged 2',
      source: 'service',
      attempts: 1,
    });
  });

  test('describe() says what holds for a call and where it was set', async () => {
    const { app, payments } = await application();
    const list = await payments.describe('charge');
    const [deadline, retry] = ['deadline', 'retry'].map((name) =>
      list.find((policy) => policy.name === name),
    );
    expect(deadline).toMatchObject({
      name: 'deadline',
      values: { timeout: { value: 4_000, from: 'module' } },
    });
    expect(retry).toMatchObject({
      name: 'retry',
      values: { attempts: { value: 4, from: 'module' }, budget: { value: 1, from: 'pattern' } },
    });
    const users = app.get<RookeryClient>(getClientToken('users'));
    expect((await users.describe()).find(({ name }) => name === 'deadline')).toMatchObject({
      values: { timeout: { value: 50, from: 'client' } },
    });
  });

  test('one service has one client and so one breaker, wherever it is injected; those who watch hear of it', async () => {
    const { app, payments } = await application();
    expect(app.get(Refunds, { strict: false }).payments).toBe(payments);
    const events: PolicyEvent[] = [];
    payments.watchPolicies((event) => events.push(event));
    failures = 1_000;
    for (let count = 0; count < 10; count++) await payments.request('charge', 1).catch(() => undefined);
    expect(events).toMatchObject([{ type: 'breaker', service: 'payments', state: 'open' }]);
    await expect(payments.request('charge', 1)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
  });

  test('policies that cannot work stop the start', () => {
    const url = freshUrl(medium);
    expect(() => new RookeryClient({ to: 'payments', url, timeout: Infinity })).toThrow(
      "the timeout of calls of 'payments' is Infinity",
    );
  });
});
