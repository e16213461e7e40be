import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import {
  ClientProxy,
  ClientsModule,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
} from '@nestjs/microservices';
import { faultPoint } from '@rookery/core';
import { InjectClient, RookeryBus, RookeryClient, RookeryModule } from '@rookery/nestjs';
import { Harness } from '@rookery/testing/nest';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';

@Injectable()
class Users {
  readonly names = new Map<number, string>();
}

@Controller()
class UsersController {
  constructor(
    private readonly users: Users,
    private readonly bus: RookeryBus,
  ) {}

  @MessagePattern('user.create')
  async create(name: string) {
    const id = this.users.names.size + 1;
    this.users.names.set(id, name);
    await this.bus.publish('user.created', { id });
    return id;
  }

  @MessagePattern('user.name')
  name(id: number) {
    return this.users.names.get(id);
  }
}

@Module({
  imports: [RookeryModule.forRoot({ url: 'tcp://10.0.0.5:3001' })],
  controllers: [UsersController],
  providers: [Users],
})
class UsersModule {}

@Injectable()
class Mailer {
  send(text: string): string {
    return text;
  }
}

@Controller()
class WelcomeController {
  tries = 0;

  constructor(
    @Inject('USERS') private readonly users: ClientProxy,
    @InjectClient('users') private readonly same: RookeryClient,
    private readonly mailer: Mailer,
  ) {}

  @EventPattern('user.created')
  async welcome({ id }: { id: number }) {
    if (++this.tries === 1) throw new Error('the mail server is away');
    const name = await firstValueFrom(this.users.send<string>('user.name', id));
    expect(await this.same.request('user.name', id)).toBe(name);
    this.mailer.send(`Welcome, ${name}!`);
  }
}

@Module({
  imports: [
    ClientsModule.register([
      { name: 'USERS', customClass: RookeryClient, options: { to: 'users', url: 'tcp://10.0.0.5:3001' } },
    ]),
    RookeryModule.forRoot({ url: 'tcp://10.0.0.6:3001', services: { users: 'tcp://10.0.0.5:3001' } }),
    RookeryModule.forFeature(['users']),
  ],
  controllers: [WelcomeController],
  providers: [Mailer],
})
class NotificationsModule {}

test('five lines', async () => {
  const harness = await Harness.start({ users: UsersModule, notifications: NotificationsModule });
  expect(await harness.request('users', 'user.create', 'Ada')).toBe(1);
  await harness.quiescence();
  expect(harness.handled('user.created')).toMatchObject([
    { service: 'notifications', endpoint: 'WelcomeController.welcome', attempt: 1, outcome: 'retried' },
    { service: 'notifications', endpoint: 'WelcomeController.welcome', attempt: 2, outcome: 'accepted' },
  ]);
  await harness.stop();
});

async function start(...args: Parameters<typeof Harness.start>): Promise<Harness> {
  const harness = await Harness.start(...args);
  onTestFinished(() => harness.stop());
  return harness;
}

test('the modules may be used again: their static clients are not closed for good', async () => {
  for (let time = 0; time < 2; time++) {
    const harness = await Harness.start({ users: UsersModule, notifications: NotificationsModule });
    await harness.request('users', 'user.create', 'Ada');
    await harness.quiescence();
    expect(harness.replied('user.name')).toMatchObject([{ service: 'notifications', answer: 'Ada' }, {}]);
    await harness.stop();
  }
});

test('providers can be overridden, and read', async () => {
  const sent: string[] = [];
  const harness = await start({
    users: UsersModule,
    notifications: {
      module: NotificationsModule,
      override: (builder) =>
        builder.overrideProvider(Mailer).useValue({ send: (text: string) => sent.push(text) }),
    },
  });
  await harness.request('users', 'user.create', 'Ada');
  await harness.quiescence();
  expect(sent).toEqual(['Welcome, Ada!']);
  expect(harness.app('users').get(Users).names.size).toBe(1);
});

test('the options of main.ts hold', async () => {
  const retries = { attempts: 1, firstDelay: 1, factor: 1, maxDelay: 1 };
  const harness = await start({
    users: UsersModule,
    notifications: { module: NotificationsModule, options: { url: 'tcp://10.0.0.6:3001', retries } },
  });
  await harness.request('users', 'user.create', 'Ada');
  await harness.quiescence();
  expect(harness.deadLetters('user.created')).toMatchObject([
    { service: 'notifications', attempt: 1, error: 'Error: the mail server is away' },
  ]);
});

test('code of a service may be run by the test', async () => {
  const harness = await start({ users: UsersModule, notifications: NotificationsModule });
  await harness.request('users', 'user.create', 'Ada');
  const client = harness.app('notifications').get<ClientProxy>('USERS', { strict: false });
  const name = harness.run(() => firstValueFrom(client.send('user.name', 1)), { as: 'notifications' });
  expect(await name).toBe('Ada');
  expect(harness.sent('user.name').at(-1)).toMatchObject({ service: 'notifications' });
});

test('a process that is killed forgets all, its successor begins anew, and the world is told', async () => {
  const hungUp: unknown[] = [];
  const harness = await start({ users: { module: UsersModule, crashed: (app) => hungUp.push(app) } });
  await harness.request('users', 'user.create', 'Ada');
  const before = harness.app('users');
  harness.kill('users');
  await harness.quiescence();
  expect(hungUp).toEqual([before]);
  expect(harness.app('users')).not.toBe(before);
  expect(await harness.request('users', 'user.name', 1)).toBeUndefined();
});

test('what Nest and Rookery say is in the log of the harness, under the service that said it', async () => {
  const harness = await start({ users: UsersModule, notifications: NotificationsModule });
  await harness.request('users', 'user.create', 'Ada');
  await harness.quiescence();
  expect(harness.log.filter((line) => line.includes('mail server is away'))).toEqual([
    expect.stringMatching(/^0 ms notifications error: .*RpcExceptionsHandler/),
    expect.stringMatching(/^0 ms notifications warn: event user\.created/),
  ]);
});

/** Orders and what they have cost, in a database that outlives the processes. */
const orders = new Map<string, { paid: boolean; shipped: number }>();

async function query<R>(what: string, run: () => R): Promise<R> {
  const held = faultPoint(what);
  if (held) await held;
  return run();
}

@Controller()
class OrdersController {
  constructor(private readonly bus: RookeryBus) {}

  /** Commits, and then publishes: lost in between, the order is never shipped. */
  @EventPattern('order.paid')
  async paid(@Payload() id: string) {
    const order = await query('read order', () => orders.get(id));
    if (order?.paid) return;
    await query('write order', () => orders.set(id, { paid: true, shipped: 0 }));
    await this.bus.publish('order.ready', id);
  }
}

@Module({ imports: [RookeryModule.forRoot({ url: 'memory:' })], controllers: [OrdersController] })
class OrdersModule {}

@Controller()
class ShippingController {
  @EventPattern('order.ready', Transport.TCP)
  async ready(@Payload() id: string) {
    await query('write shipping', () => (orders.get(id)!.shipped ||= 1));
  }
}

@Module({ controllers: [ShippingController] })
class ShippingModule {}

const services = () => {
  orders.clear();
  return { orders: OrdersModule, shipping: { module: ShippingModule, options: { url: 'tcp://10.0.0.7:1' } } };
};

async function ship(harness: Harness): Promise<void> {
  await harness.publish('order.paid', 'o1');
  await harness.quiescence();
  expect(orders.get('o1')).toEqual({ paid: true, shipped: 1 });
}

test('explore finds what is lost between a commit and a publish, and a replay is the same run', async () => {
  const error = await Harness.explore({ seeds: 100, services }, ship).catch((thrown: Error) => thrown);
  const message = (error as Error).message;
  expect(message).toMatch(/It takes:\n.*orders, publish order\.ready: the process is lost instead\n\n/);
  const seed = Number(/^seed (\d+)/.exec(message)![1]);
  const records = new Set<string>();
  for (let time = 0; time < 20; time++) {
    const harness = await Harness.start(services(), { seed, chaos: {} });
    await expect(ship(harness)).rejects.toThrow('to deeply equal');
    await harness.stop();
    records.add(JSON.stringify([harness.record, harness.schedule]));
  }
  expect(records.size).toBe(1);
}, 20_000);

test('and it finds nothing where there is nothing to find', async () => {
  const explored = await Harness.explore(
    { seeds: 40, services, chaos: { crash: { services: ['shipping'] } } },
    ship,
  );
  expect(explored.runs).toBe(40);
  expect(explored.crashes).toBeGreaterThan(5);
}, 20_000);
