import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  getBusToken,
  getClientToken,
  InjectBus,
  InjectClient,
  RookeryBus,
  RookeryClient,
  RookeryModule,
} from '@rookery/nestjs';
import { firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually, freshUrl, MEDIA, moduleOf, startService } from './application.js';

const seen: string[] = [];

@Controller()
class MathController {
  @MessagePattern('sum')
  sum(numbers: number[]) {
    return numbers.reduce((total, each) => total + each, 0);
  }
}

@Controller()
class UsersController {
  @EventPattern('user.created')
  created(id: string) {
    seen.push(id);
  }
}

@Injectable()
class Caller {
  constructor(
    @InjectClient('math') readonly math: RookeryClient,
    readonly bus: RookeryBus,
  ) {}
}

describe.each(MEDIA)('RookeryModule over %s', (medium) => {
  test('forRoot and forFeature: clients and the bus share one connection', async () => {
    const url = freshUrl(medium);
    const math = await startService(medium, moduleOf([MathController]), { service: 'math', url });
    const users = await startService(medium, moduleOf([UsersController]), { service: 'users', url });
    const services = { math: math.url, users: users.url };
    @Module({
      imports: [
        RookeryModule.forRoot({ service: 'gateway', url, services, timeout: 5_000 }),
        RookeryModule.forFeature(['math', { to: 'users', timeout: 100 }]),
      ],
      providers: [Caller],
    })
    class GatewayModule {}
    const app = await NestFactory.createApplicationContext(GatewayModule, { logger: false });
    onTestFinished(() => app.close());
    const caller = app.get(Caller);
    expect(await caller.math.request('sum', [1, 2])).toBe(3);
    expect(await firstValueFrom(caller.math.send('sum', [1, 2, 3]))).toBe(6);
    const mark = `${medium}-${Math.random()}`;
    expect(await caller.bus.publish('user.created', mark)).toBe('memory');
    await eventually(() => expect(seen).toContain(mark));
    const other = app.get<RookeryClient>(getClientToken('users'));
    await other.connect();
    expect(caller.math.unwrap()).toEqual(other.unwrap());
  });

  test('further connections by name, with options from a factory', async () => {
    const users = await startService(medium, moduleOf([UsersController]), { service: 'users' });
    @Injectable()
    class Reporter {
      constructor(@InjectBus('analytics') readonly bus: RookeryBus) {}
    }
    @Module({
      imports: [
        RookeryModule.forRoot({ url: freshUrl(medium) }),
        RookeryModule.forRootAsync({
          name: 'analytics',
          useFactory: async () => Promise.resolve({ url: users.url, services: { users: users.url } }),
        }),
        RookeryModule.forFeature(['users'], 'analytics'),
      ],
      providers: [Reporter],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    onTestFinished(() => app.close());
    const mark = `${medium}-${Math.random()}`;
    await app.get(Reporter).bus.publish('user.created', mark);
    await eventually(() => expect(seen).toContain(mark));
    expect(app.get(getBusToken('analytics'))).not.toBe(app.get(RookeryBus));
    expect(app.get(getClientToken('users', 'analytics'))).toBeInstanceOf(RookeryClient);
  });
});

test('a testing module needs no connection, and clients can be overridden', async () => {
  const fake = { request: () => Promise.resolve(42) };
  const testing = await Test.createTestingModule({
    imports: [
      RookeryModule.forRoot({
        service: 'gateway',
        url: 'tcp://127.0.0.1:1',
        services: { math: 'tcp://127.0.0.1:1' },
      }),
      RookeryModule.forFeature(['math']),
    ],
    providers: [Caller],
  })
    .overrideProvider(getClientToken('math'))
    .useValue(fake)
    .compile();
  await testing.init();
  expect(await testing.get(Caller).math.request('sum', [])).toBe(42);
  await testing.close();
});

test('a service under test starts from a testing module', async () => {
  const testing = await Test.createTestingModule({ controllers: [MathController] }).compile();
  const { rookery } = await import('@rookery/nestjs');
  const url = freshUrl('memory');
  const app = testing.createNestMicroservice(rookery({ service: 'math', url }));
  await app.listen();
  const client = new RookeryClient({ to: 'math', url });
  expect(await client.request('sum', [20, 22])).toBe(42);
  await client.close();
  await app.close();
});

test('bad options of the module stop the start with the module’s name', async () => {
  @Module({ imports: [RookeryModule.forRoot()] })
  class AppModule {}
  const start = NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  await expect(start).rejects.toThrow('RookeryModule.forRoot({ … }) does not say where to connect');
});
