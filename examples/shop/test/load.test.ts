import { afterAll, beforeAll, expect, it } from 'vitest';
import { runLoad } from '../src/load/run-load.js';
import { RunningShop } from './running-shop.js';

let shop: RunningShop;

beforeAll(async () => {
  shop = await new RunningShop().ready();
}, 30_000);

afterAll(() => shop.stop(), 30_000);

it('ten times the load for payments: it sheds and goes on, and the others stay well', async () => {
  const { possible, overloaded } = await runLoad({
    origin: shop.origin,
    seconds: 1.5,
    times: 10,
    say: () => undefined,
  });
  const [users, notifications, payments] = overloaded.map(({ tally }) => tally);
  for (const tally of [users, notifications]) {
    expect(tally).toMatchObject({ offered: 75, accepted: 75 });
    expect(tally?.within(0.99)).toBeLessThan(2_000);
  }
  expect(payments?.failed).toBe(0);
  expect(payments?.shed).toBeGreaterThan(0.5 * (payments?.offered ?? 0));
  expect(payments?.accepted).toBeGreaterThan(0.5 * possible * (payments?.seconds ?? 0));
}, 60_000);
