import type { Channel, Message as AmqpMessage } from 'amqplib';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Receipts } from '../src/events/receipts.js';

/** A channel that writes down what the broker is told. */
function channel(): { told: string[]; receipts: Receipts } {
  const told: string[] = [];
  const tag = (message: AmqpMessage): number => message.fields.deliveryTag;
  const fake = {
    ack: (message: AmqpMessage, all = false) => told.push(`ack ${all ? '<= ' : ''}${tag(message)}`),
    nack: (message: AmqpMessage) => told.push(`nack ${tag(message)}`),
  };
  return { told, receipts: new Receipts(fake as unknown as Channel) };
}

const delivery = (deliveryTag: number) => ({ fields: { deliveryTag } }) as AmqpMessage;

function taken(receipts: Receipts, count: number) {
  return Array.from({ length: count }, (_, index) => receipts.take(delivery(index + 1)));
}

test('what is acknowledged in one turn is told at once, in whatever order it came', async () => {
  const { told, receipts } = channel();
  const [first, second, third] = taken(receipts, 4);
  for (const receipt of [third, first, second]) receipts.acknowledge(receipt!);
  expect(told).toEqual([]);
  await nextTurn();
  expect(told).toEqual(['ack <= 3']);
});

test('nothing that is still open is told with the others', async () => {
  const { told, receipts } = channel();
  const [first, second, third, fourth] = taken(receipts, 4);
  receipts.acknowledge(fourth!);
  receipts.acknowledge(second!);
  receipts.acknowledge(first!);
  await nextTurn();
  expect(told).toEqual(['ack 4', 'ack <= 2']);
  receipts.acknowledge(third!);
  await nextTurn();
  expect(told.slice(2)).toEqual(['ack <= 3']);
});

test('one that is given back is told by itself, and never again', async () => {
  const { told, receipts } = channel();
  const [first, second, third] = taken(receipts, 3);
  receipts.acknowledge(first!);
  receipts.giveBack(second!);
  receipts.acknowledge(third!);
  await nextTurn();
  expect(told).toEqual(['nack 2', 'ack <= 3']);
});

test('a channel that is about to be closed is told at once, one that is gone nothing', async () => {
  const { told, receipts } = channel();
  const [first, second] = taken(receipts, 2);
  receipts.acknowledge(first!);
  receipts.tell();
  expect(told).toEqual(['ack <= 1']);
  receipts.acknowledge(second!);
  receipts.end();
  await nextTurn();
  expect(told).toEqual(['ack <= 1']);
});
