// What docs/testing.md shows; docs.test.ts holds the two together.
import { Controller, Injectable, Module } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { RookeryBus, RookeryModule } from '@rookery/nestjs';
import { Harness } from '@rookery/testing/nest';
import { beforeEach, expect, test } from 'vitest';

/** Outlives the processes, as a database does. */
class Accounts {
  readonly balances = new Map<string, number>();
  readonly booked = new Set<string>();

  reset(): void {
    this.balances.clear();
    this.booked.clear();
  }
}

const accounts = new Accounts();

@Injectable()
class Mailer {
  send(to: string): void {
    throw new Error(`there is no mail server in tests: ${to}`);
  }
}

@Controller()
class UsersController {
  constructor(private readonly bus: RookeryBus) {}

  @MessagePattern('user.create')
  async create(email: string) {
    await this.bus.publish('user.created', { email });
    return { email };
  }
}

@Module({ imports: [RookeryModule.forRoot({ url: 'tcp://10.0.0.5:3001' })], controllers: [UsersController] })
class UsersModule {}

@Controller()
class NotificationsController {
  constructor(private readonly mailer: Mailer) {}

  @EventPattern('user.created')
  welcome({ email }: { email: string }) {
    this.mailer.send(email);
  }
}

@Module({ controllers: [NotificationsController], providers: [Mailer] })
class NotificationsModule {}

@Controller()
class BankController {
  @EventPattern('payment.received')
  received({ account, amount }: { id: string; account: string; amount: number }) {
    accounts.balances.set(account, (accounts.balances.get(account) ?? 0) + amount);
  }
}

@Module({ controllers: [BankController] })
class BankModule {}

beforeEach(() => accounts.reset());

test('a user is welcomed', async () => {
  const harness = await Harness.start({ users: UsersModule, notifications: NotificationsModule });
  await harness.request('users', 'user.create', 'ada@example.com');
  await harness.quiescence();
  expect(harness.sent('user.created')).toMatchObject([
    { service: 'users', data: { email: 'ada@example.com' } },
  ]);
  await harness.stop();
});

test('a mail server that is away for two tries', async () => {
  let tries = 0;
  const send = () => {
    if (++tries <= 2) throw new Error('the mail server is away');
  };
  const harness = await Harness.start({
    users: UsersModule,
    notifications: {
      module: NotificationsModule,
      override: (builder) => builder.overrideProvider(Mailer).useValue({ send }),
    },
  });
  await harness.request('users', 'user.create', 'ada@example.com');
  await harness.quiescence(); // over both waits, in no time
  const outcomes = harness.handled('user.created').map(({ attempt, outcome }) => [attempt, outcome]);
  expect(outcomes).toEqual([
    [1, 'retried'],
    [2, 'retried'],
    [3, 'accepted'],
  ]);
  await harness.stop();
});

function explorePayments() {
  return Harness.explore({ seeds: 100, services: { bank: BankModule } }, async (harness) => {
    accounts.reset();
    await harness.publish('payment.received', { id: 'p1', account: 'ada', amount: 10 });
    await harness.quiescence();
    expect(accounts.balances.get('ada')).toBe(10);
  });
}

test('payments are booked once', async () => {
  await expect(explorePayments()).rejects.toThrow(/^seed \d+ fails: expected 20 to be 10/);
}, 20_000);
