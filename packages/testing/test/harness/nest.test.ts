import { Controller, Injectable, Module } from '@nestjs/common';
import { ClientProxy, ClientsModule, EventPattern, MessagePattern } from '@nestjs/microservices';
import { Inject } from '@nestjs/common';
import { InjectClient, RookeryBus, RookeryClient, RookeryModule } from '@rookery/nestjs';
import { Harness } from '@rookery/testing/nest';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';

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
