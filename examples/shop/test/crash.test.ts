import { eventually } from '@rookery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE, RunningShop } from './running-shop.js';

describe('a service that goes away', () => {
  let shop: RunningShop;

  beforeAll(async () => {
    shop = await new RunningShop().ready();
  }, 30_000);

  afterAll(() => shop.stop(), 30_000);

  it('is started again when it was killed, and works again', async () => {
    await shop.crash('users');
    await eventually(async () => {
      const { status } = await shop.post('/users', { name: 'Ada', email: 'ada@example.com' });
      expect(status).toBe(201);
    }, PATIENCE);
    expect(shop.log).toMatch(
      /shop +\| users: process \d+ was ended by SIGKILL; it is started again in 0\.5 s/,
    );
  }, 30_000);

  it('is answered for with 503 within the deadline of the gateway, in words, while it is away', async () => {
    // Each time it stays away twice as long, until that is longer than the gateway waits.
    for (let crashes = 0; !/users: .* it is started again in 4 s/.test(shop.log); crashes++) {
      const from = shop.log.length;
      await shop.crash('users');
      if (crashes > 5) throw new Error(shop.log);
      if (!/started again in 4 s/.test(shop.log.slice(from))) await shop.says(/users is process/, from);
    }
    const message = 'The service behind this is not there right now. Nothing was done; please try again.';
    const before = performance.now();
    expect(await shop.get('/users/1')).toEqual({ status: 503, body: { statusCode: 503, message } });
    expect(performance.now() - before).toBeLessThan(3_500);
    const ready = { users: expect.not.stringMatching('ready'), notifications: 'ready', payments: 'ready' };
    expect(await shop.get('/health/ready')).toEqual({ status: 503, body: ready });

    await shop.says(/users answers again/, shop.log.lastIndexOf('users does not answer'));
    expect((await shop.get('/users/1')).status).toBe(404);
  }, 60_000);

  it('is answered for with 504 when it hangs, and comes back when it goes on', async () => {
    const from = shop.log.length;
    process.kill(shop.pid('users'), 'SIGSTOP');
    try {
      const message =
        'The service behind this did not answer in time. It may have done its work all the same.';
      expect(await shop.get('/users/1')).toEqual({ status: 504, body: { statusCode: 504, message } });
      await shop.says(/shop +\| users does not answer/, from);
    } finally {
      process.kill(shop.pid('users'), 'SIGCONT');
    }
    await shop.says(/shop +\| users answers again/, from);
    expect((await shop.get('/users/1')).status).toBe(404);
  }, 60_000);

  it('gets the events that were published while it was away', async () => {
    const from = shop.log.length;
    await shop.crash('notifications');
    const { status, body: user } = await shop.post('/users', { name: 'Grace', email: 'grace@example.com' });
    expect(status).toBe(201);
    expect(shop.log.slice(from)).not.toContain("'notifications' serves"); // it was away all the time
    const welcome = { userId: user.id, to: 'grace@example.com', text: 'Welcome, Grace!' };
    await eventually(
      async () =>
        expect(await shop.get(`/users/${user.id}/notifications`)).toEqual({ status: 200, body: [welcome] }),
      PATIENCE,
    );
  }, 30_000);

  it('is started again when it is the gateway', async () => {
    const from = shop.log.length;
    await shop.crash('gateway');
    await shop.says(/gateway is process/, from);
    await eventually(async () => expect((await shop.get('/health/ready')).status).toBe(200), PATIENCE);
  }, 30_000);
});
