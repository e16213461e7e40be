import { eventually } from '@rookery/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PATIENCE, RunningShop, type Answer } from './running-shop.js';

describe('orders', () => {
  let shop: RunningShop;
  let userId: string;
  /** Where the log of this test begins. */
  let from: number;

  const order = (id: string, amount = 1_250): Promise<Answer> =>
    shop.post('/orders', { userId, amount }, { 'idempotency-key': id });
  const answer = (id: string, payment: 'paid' | 'pending'): Answer => ({
    status: payment === 'paid' ? 201 : 202,
    body: { id, userId, amount: 1_250, payment },
  });
  const health = async (): Promise<{ answer: string; breaker: string; lastErrors: { name: string }[] }> =>
    (await shop.get('/health')).body.payments;
  const page = async (): Promise<string> => (await fetch(`${shop.origin}/health/page`)).text();
  const bank = (flakiness: object): Promise<Answer> => shop.send('PUT', '/bank', flakiness);
  const paid = (id: string) =>
    eventually(async () => expect(await order(id)).toEqual(answer(id, 'paid')), PATIENCE);

  beforeAll(async () => {
    shop = await new RunningShop().ready();
    userId = await shop.signUp('Ada');
  }, 30_000);

  afterAll(() => shop.stop(), 30_000);

  beforeEach(() => {
    from = shop.log.length;
  });

  afterEach(async () => {
    await bank({});
    await paid(`after-${from}`);
  }, 30_000);

  it('are charged once for one Idempotency-Key, however often they come', async () => {
    const all = await Promise.all([order('once'), order('once'), order('once')]);
    expect([...all, await order('once')]).toEqual(Array(4).fill(answer('once', 'paid')));
    await shop.says(/gateway .* was sent: You have paid 12\.50/, from);
    expect(shop.log.match(/has paid 12\.50 for order once\n/g)).toHaveLength(1);
    expect((await shop.get(`/users/${userId}/notifications`)).body).toHaveLength(2); // the welcome, and this one's receipt
  });

  it('are refused when their Idempotency-Key has come with another body, or is none', async () => {
    await order('other');
    const message = 'This Idempotency-Key has come with another body before.';
    expect(await order('other', 1_251)).toEqual({ status: 422, body: { statusCode: 422, message } });
    expect((await order('with spaces')).status).toBe(400);
  });

  it('leave one correlation id in the logs of all processes they go through', async () => {
    const headers = { 'content-type': 'application/json', 'x-correlation-id': 'order-of-ada' };
    const body = JSON.stringify({ userId, amount: 1 });
    const response = await fetch(`${shop.origin}/orders`, { method: 'POST', headers, body });
    expect(response.headers.get('x-correlation-id')).toBe('order-of-ada');
    await shop.says(/gateway .*was sent: You have paid 0\.01/, from);
    const lines = shop.log.slice(from).split('\n');
    const found = lines.filter((line) => line.includes('[order-of-ada]') && !line.includes('DEBUG'));
    expect(found.map((line) => line.replace(/\|.*\[order-of-ada\] /, '| '))).toEqual([
      'users         | Ada was asked for',
      expect.stringMatching(/^payments {6}\| ada@example\.com has paid 0\.01 for order/),
      'notifications | to ada@example.com: You have paid 0.01. Thank you!',
      'gateway       | ada@example.com was sent: You have paid 0.01. Thank you!',
    ]);
  });

  it('get an id of their own where none comes', async () => {
    const response = await fetch(`${shop.origin}/users/4711`);
    const id = response.headers.get('x-correlation-id');
    expect(id).toMatch(/^[0-9a-z]{20}$/);
    await shop.says(new RegExp(`users .*\\[${id}\\] there is no user 4711`), from);
  });

  it('are pending while the bank fails; the breaker opens, tells so, and closes when the bank is back', async () => {
    await bank({ failing: 1 });
    await eventually(async () => {
      expect(await order('flaky')).toEqual(answer('flaky', 'pending'));
      expect((await health()).breaker).toBe('open');
    }, PATIENCE);
    await shop.says(/gateway .*calls to 'payments' are refused for now.*: the bank is closed/, from);
    expect((await health()).answer).toBe('ready');
    expect((await health()).lastErrors.map(({ name }) => name)).toContain('Unavailable');
    expect(await page()).toMatch(/class="ill">(half-)?open<[^]*Unavailable: the bank is closed/);

    await bank({});
    await paid('flaky');
    await shop.says(/gateway .*'payments' answers again/, from);
    expect((await health()).breaker).toBe('closed');
    expect(shop.log.slice(from).match(/has paid 12\.50 for order flaky\n/g)).toHaveLength(1);
  }, 30_000);

  it('are pending within the deadline while the bank hangs', async () => {
    await bank({ hanging: 1 });
    const before = performance.now();
    expect(await order('hanging')).toEqual(answer('hanging', 'pending'));
    expect(performance.now() - before).toBeLessThan(3_000);
    await bank({});
    await paid('hanging');
  }, 30_000);

  it('are pending while payments is dead, and nobody else notices; paid when it is back', async () => {
    await shop.crash('payments');
    const ids = Array.from({ length: 12 }, (_, index) => `dead-${index}`);
    const answers = await Promise.all(ids.map((id) => order(id)));
    expect(answers).toEqual(ids.map((id) => answer(id, 'pending')));
    expect((await shop.get(`/users/${userId}`)).status).toBe(200);
    await shop.says(/gateway .*calls to 'payments' are refused for now/, from);

    await shop.says(/payments .*'payments' serves/, from);
    await paid('dead-0');
    await shop.says(/gateway .*'payments' answers again/, from);
  }, 30_000);
});
