import { once } from 'node:events';
import { sharedBroker } from '@rookery/brokers';
import { expect, test } from 'vitest';
import { runScript } from './run-script.js';

// Whether memory is flat takes longer to see than a test may: see flatness.test.ts for how that is judged.
test(
  'a short soak has everything answered rightly, and says what both processes hold',
  { timeout: 60_000 },
  async () => {
    const soak = runScript('soak', '--minutes', '0.05');
    const [code] = (await once(soak.process, 'close')) as [number];

    expect(soak.errors()).toBe('');
    const [, ...counts] =
      /^(\d+) requests, (\d+) streams, (\d+) events, (\d+) large, (\d+) visits, (\d+) deliveries handled$/m.exec(
        soak.output(),
      ) ?? [];
    const [requests, streams, events, large, visits, deliveries] = counts.map(Number);
    expect(requests).toBeGreaterThan(0);
    expect(streams).toBeGreaterThan(0);
    expect(events).toBeGreaterThan(0);
    expect(large).toBeGreaterThan(0);
    expect(visits).toBeGreaterThan(0);
    expect(deliveries).toBeGreaterThanOrEqual(events ?? Number.NaN);
    for (const process of ['client', 'server']) {
      expect(soak.output()).toMatch(new RegExp(`^${process} heap MiB: [\\d.]+ -> [\\d.]+ (flat|GROWS)`, 'm'));
      expect(soak.output()).toMatch(new RegExp(`^${process} TCPSocketWrap: [1-9].* flat$`, 'm'));
    }
    expect(soak.output()).not.toContain('LEFT');
    expect(code).toBe(soak.output().includes('GROWS') ? 1 : 0);
  },
);

test(
  'a stream of many items to a slow reader, and one to a slow handler, are all there and in order',
  { timeout: 120_000 },
  async () => {
    const soak = runScript('soak', '--streams', '--items', '50000');
    const [code] = (await once(soak.process, 'close')) as [number];
    expect(soak.errors()).toBe('');
    for (const direction of ['down', 'up']) {
      expect(soak.output()).toMatch(new RegExp(`^${direction}: 50000 items in order, in [\\d.]+ s$`, 'm'));
    }
    for (const process of ['client', 'server']) {
      expect(soak.output()).toMatch(new RegExp(`^${process} heap MiB: [\\d.]+ -> [\\d.]+ (flat|GROWS)`, 'm'));
    }
    expect(code).toBe(soak.output().includes('GROWS') ? 1 : 0);
  },
);

test(
  'a short soak over RabbitMQ loses nothing while consumers are killed',
  { timeout: 180_000 },
  async ({ skip }) => {
    const broker = sharedBroker('rabbitmq');
    if ('absent' in broker) return skip(broker.absent);
    const env = { ROOKERY_RABBITMQ_URL: broker.url };
    const soak = runScript('soak', env, 'rabbitmq', '--events', '2000', '--minutes', '0.15');
    const [code] = (await once(soak.process, 'close')) as [number];
    const [, killed, lost] = /^(\d+) consumers killed, \d+ closed: (\d+) lost/m.exec(soak.output()) ?? [];
    expect(Number(killed)).toBeGreaterThan(0);
    expect(lost).toBe('0');
    expect(soak.output()).toMatch(/^producer heap MiB: [\d.]+ -> [\d.]+ (flat|GROWS)/m);
    expect(code).toBe(soak.output().includes('GROWS') ? 1 : 0);
  },
);

test('a length that makes no sense is refused', async () => {
  const soak = runScript('soak', '--minutes', 'long');
  expect(await once(soak.process, 'close')).toEqual([2, null]);
  expect(soak.errors()).toContain('--minutes is a number above 0');
});
