import { eventually } from '@rookery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningShop } from './running-shop.js';

describe.each([
  ['as four processes over TCP', []],
  ['as one process in memory', ['--single']],
])('the shop %s', (_name, args) => {
  let shop: RunningShop;

  beforeAll(async () => {
    shop = await new RunningShop(args).ready();
  }, 30_000);

  afterAll(() => shop.stop(), 30_000);

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
