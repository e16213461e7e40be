import { type Broker, BrokerAbsent, type BrokerKind, sharedBroker, startBroker } from '@rookery/brokers';
import { eventually } from '@rookery/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RunningShop } from './running-shop.js';

/** A broker of its own, because the names of the shop's services are those of other tests as well. */
async function brokerOf(kind: BrokerKind | undefined): Promise<Broker | string | undefined> {
  if (!kind) return undefined;
  const shared = sharedBroker(kind);
  if ('absent' in shared) return shared.absent;
  return await startBroker(kind, { env: {} }).catch((error: unknown) => {
    if (error instanceof BrokerAbsent) return error.message;
    throw error;
  });
}

const setups: [name: string, args: string[], broker?: BrokerKind][] = [
  ['as four processes over TCP', []],
  ['as one process in memory', ['--single']],
  ['as four processes over Kafka', [], 'kafka'],
];

describe.each(setups)('the shop %s', (_name, args, kind) => {
  let shop: RunningShop;
  let broker: Broker | string | undefined;

  beforeAll(async () => {
    broker = await brokerOf(kind);
    if (typeof broker === 'string') return;
    const environment = broker ? { PORT: '0', ROOKERY_URL: broker.url } : undefined;
    shop = await new RunningShop(args, environment).ready();
  }, 60_000);

  beforeEach(({ skip }) => {
    if (typeof broker === 'string') skip(broker);
  });

  afterAll(async () => {
    if (typeof broker === 'string') return;
    await shop.stop();
    await broker?.stop();
  }, 60_000);

  it('creates a user, reads it, and shows the welcome', async () => {
    const created = await shop.post('/users', { name: 'Ada', email: 'ada@example.com' });
    expect(created).toEqual({
      status: 201,
      body: { id: expect.any(String), name: 'Ada', email: 'ada@example.com' },
    });
    const user = created.body;
    expect(await shop.get(`/users/${user.id}`)).toEqual({ status: 200, body: user });
    const welcome = { userId: user.id, to: 'ada@example.com', text: 'Welcome, Ada!' };
    await eventually(async () =>
      expect(await shop.get(`/users/${user.id}/notifications`)).toEqual({ status: 200, body: [welcome] }),
    );
  });

  it('gives each subscribing service its own copy of an event: the gateway sees what happens, too', async () => {
    await shop.post('/users', { name: 'Grace', email: 'grace@example.com' });
    const expected = ['Grace has joined', 'grace@example.com was sent: Welcome, Grace!'];
    await eventually(async () =>
      expect((await shop.get('/activity')).body).toEqual(expect.arrayContaining(expected)),
    );
  });

  it('takes an order, has it paid, and sends the receipt', async () => {
    const userId = await shop.signUp('Ada');
    const order = { id: expect.any(String), userId, amount: 1_250, payment: 'paid' };
    expect(await shop.post('/orders', { userId, amount: 1_250 })).toEqual({ status: 201, body: order });
    const receipt = { userId, to: 'ada@example.com', text: 'You have paid 12.50. Thank you!' };
    await eventually(async () =>
      expect((await shop.get(`/users/${userId}/notifications`)).body).toContainEqual(receipt),
    );
  });

  it('answers 404 in words when there is no such user', async () => {
    const body = { statusCode: 404, message: 'there is no user 4711' };
    expect(await shop.get('/users/4711')).toEqual({ status: 404, body });
    expect(await shop.post('/orders', { userId: '4711', amount: 1 })).toEqual({ status: 404, body });
  });

  it.each([
    ['amount', {}],
    ['amount', { amount: 0.5 }],
    ['amount', { amount: -1 }],
    ['userId', { userId: 1 }],
    ['price', { price: 1 }],
  ])('answers 400 to an order and names the field when %s is wrong: %j', async (field, wrong) => {
    const answer = await shop.post('/orders', { userId: '1', ...wrong });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toEqual(expect.arrayContaining([expect.stringContaining(field)]));
  });

  it.each([
    ['name', { email: 'ada@example.com' }],
    ['email', { name: 'Ada', email: 'ada' }],
    ['admin', { name: 'Ada', email: 'ada@example.com', admin: true }],
  ])('answers 400 and names the field when %s is wrong', async (field, body) => {
    const answer = await shop.post('/users', body);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toEqual(expect.arrayContaining([expect.stringContaining(field)]));
  });

  it('says who is ready', async () => {
    const body = { users: 'ready', notifications: 'ready', payments: 'ready' };
    expect(await shop.get('/health/ready')).toEqual({ status: 200, body });
  });
});
