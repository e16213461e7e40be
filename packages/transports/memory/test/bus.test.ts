import { createEnvelope, silentLogger } from '@rookery/core';
import { memory } from '@rookery/memory';
import { seededRandom, VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';

test('who has the same object is on one bus, and on no other', async () => {
  const clock = new VirtualClock();
  const on = (bus: object) =>
    memory({ bus }).create({
      ...{ service: undefined, replica: 'one', clock, random: seededRandom(1), logger: silentLogger },
    });
  const [bus, other] = [{}, {}];
  const seen: string[] = [];
  for (const [name, key] of Object.entries({ bus, other })) {
    const transport = on(key);
    transport.subscribe(
      { service: name, endpoint: 'e', patterns: ['x'], broadcast: false, concurrency: 1 },
      (delivery) => {
        seen.push(name);
        delivery.settle({ outcome: 'accept' });
      },
    );
    await transport.open();
  }
  await on(bus).publish([
    { message: { envelope: createEnvelope({ id: '1', pattern: 'x' }), body: undefined } },
  ]);
  await clock.settle();
  expect(seen).toEqual(['bus']);
  expect(on(bus).describe().addresses).toEqual(['memory:']);
});
