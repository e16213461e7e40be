import type { Socket } from 'node:net';
import type { Delivery } from '@rookery/core';
import { slotOf } from '@rookery/core';
import { eventually, freePorts, seededRandom, turn } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { Names } from './names.js';
import { message, party, subscription, type Party } from './parties.js';

/** A replica of `audit` that accepts in a later turn, so that there always is something under way. */
async function audit(host: string, port: number, handled: string[]): Promise<Party> {
  const replica = party('audit', { listen: { host, port } });
  const handle = async (delivery: Delivery) => {
    await turn();
    handled.push(String(delivery.message.body));
    delivery.settle({ outcome: 'accept' });
  };
  replica.transport.subscribe(subscription('audit', { concurrency: 8 }), (delivery) => void handle(delivery));
  await replica.transport.open();
  return replica;
}

describe('events while replicas come and go', () => {
  test.each([1, 2, 3])(
    'are handled at least once, the keyed ones in order but for repeats (%i)',
    async (seed) => {
      const random = seededRandom(seed);
      const [port = 0] = await freePorts(1);
      const names = new Names();
      const services = { audit: `tcp://audit.test:${port}` };
      const resolve = { interval: 10, lookup: names.lookup };
      const { transport } = party('caller', { services, resolve });
      const handled: string[] = [];
      const live = new Map<string, Party>();
      const closing: Promise<void>[] = [];
      const free = Array.from({ length: 30 }, (_, index) => `127.0.0.${index + 2}`);
      const add = async () => {
        const host = free.pop() as string;
        live.set(host, await audit(host, port, handled));
        names.answer = [...live.keys()];
      };
      const remove = () => {
        const [host, replica] = [...live][Math.floor(random.next() * live.size)] as [string, Party];
        live.delete(host);
        names.answer = [...live.keys()];
        closing.push(replica.transport.close());
      };

      await add();
      await add();
      let published = 0;
      const body = () => {
        const key = `k${published % 5}`;
        return { message: message('happened', `${key}:${published++}`, { key, slot: slotOf(key) }) };
      };
      for (let round = 0; round < 16; round++) {
        for (let burst = 0; burst < 20; burst++) {
          const outcomes = await transport.publish([body(), body(), body()]);
          expect(outcomes.every(({ status }) => status === 'memory')).toBe(true);
          await turn();
        }
        if (round % 5 === 4) for (const socket of transport.unwrap() as Socket[]) socket.destroy();
        if (round % 2 === 0) await add();
        else remove();
      }
      const expected = published;
      await eventually(() => expect(new Set(handled).size).toBe(expected));
      await Promise.all(closing);
      for (let key = 0; key < 5; key++) {
        const first = [...new Set(handled)].filter((one) => one.startsWith(`k${key}:`));
        const numbers = first.map((one) => Number(one.split(':')[1]));
        expect(numbers).toStrictEqual(numbers.toSorted((one, two) => one - two));
      }
    },
  );

  test('that only a replica wanted which has left are kept until the next has said what it wants', async () => {
    const [port = 0] = await freePorts(1);
    const names = new Names('127.0.0.2');
    const resolve = { interval: 10, lookup: names.lookup };
    const { transport } = party('caller', { services: { audit: `tcp://audit.test:${port}` }, resolve });
    const publish = (body: string) => transport.publish([{ message: message('happened', body) }]);
    const handled: string[] = [];
    const first = await audit('127.0.0.2', port, handled);
    await publish('a');
    await eventually(() => handled.length === 1);
    names.answer = ['127.0.0.3'];
    await first.transport.close();
    await publish('b');
    await eventually(
      () => transport.describe().replicas?.['audit']?.[0]?.address.includes('127.0.0.3') === true,
    );
    await audit('127.0.0.3', port, handled);
    await eventually(() => handled.length === 2);
    expect(handled).toStrictEqual(['a', 'b']);
  });
});
