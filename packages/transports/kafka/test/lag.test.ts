import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'vitest';
import { sharedBroker } from '@rookery/brokers';
import { isRookeryError, type Delivery } from '@rookery/core';
import { eventually, rejection } from '@rookery/testing';
import { event, fresh, party, subscribe, type Party } from './party.js';

const broker = sharedBroker('kafka');
const brokers = 'url' in broker ? broker.url : 'kafka://absent';
let parties: Party[] = [];
const join = (service?: string) => {
  const one = party({ brokers }, service);
  parties.push(one);
  return one;
};

beforeEach(({ skip }) => {
  if ('absent' in broker) skip(broker.absent);
});
afterEach(async () => {
  await Promise.all(parties.map(({ transport }) => transport.close()));
  parties = [];
});

const accept = (delivery: Delivery): void => delivery.settle({ outcome: 'accept' });

test('what a service has before it in each topic, and how old the oldest is, whichever replica is asked', async () => {
  const [service, pattern] = [fresh('lagging'), fresh('happened')];
  const held: Delivery[] = [];
  const [one, two] = [join(service), join(service)];
  for (const each of [one, two]) {
    subscribe(each, service, [pattern], (delivery) => held.push(delivery));
    each.transport.serve(service, () => ({ credit() {}, cancel() {} }));
    await each.transport.open();
  }
  const begun = Date.now();
  const messages = Array.from({ length: 50 }, (_, n) => ({
    message: event(pattern, String(n), { key: `${n}` }),
  }));
  await join().transport.publish(messages);
  for (const { transport } of [one, two]) {
    const lags = await transport.lag!();
    const [requests, events] = [
      lags.find(({ of }) => of === 'requests'),
      lags.find(({ destination }) => destination === pattern),
    ];
    assert.equal(requests?.waiting, 0);
    assert.equal(events?.waiting, 50);
    assert.ok(
      events.oldest !== undefined && events.oldest >= 0 && events.oldest <= Date.now() - begun + 1_000,
    );
    assert.deepEqual([events.service, events.of, events.endpoint], [service, 'events', undefined]);
  }
  await eventually(async () => {
    held.splice(0).forEach(accept);
    const lags = await one.transport.lag!();
    assert.ok(lags.every(({ waiting, oldest }) => waiting === 0 && oldest === undefined));
  });
});

test('without a connection it is said that nobody can be asked', async () => {
  const error = await rejection(join('lost').transport.lag!());
  assert.ok(isRookeryError(error));
  assert.equal(error.code, 'UNAVAILABLE');
});
