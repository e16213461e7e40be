import { connect as connectBroker } from 'amqplib';
import type { Place } from '../../contender.js';
import { sumOf } from '../../load/payload.js';
import { handled } from '../handled.js';

/** How many events are on their way to the handler at once: more made it no faster. */
const PREFETCH = 256;

export async function startServer({ broker, name }: Place): Promise<number> {
  const model = await connectBroker(broker, { noDelay: true });
  const requests = await model.createChannel();
  await requests.assertQueue(`${name}-requests`, { durable: true });
  await requests.consume(
    `${name}-requests`,
    (message) => {
      if (!message) return;
      const { type, replyTo, correlationId } = message.properties as {
        type: string;
        replyTo: string;
        correlationId: string;
      };
      const body = JSON.parse(message.content.toString()) as unknown;
      const answer = type === 'sum' ? sumOf(body as number[]) : body;
      requests.publish('', replyTo, Buffer.from(JSON.stringify(answer)), { correlationId });
    },
    { noAck: true },
  );

  const events = await model.createChannel();
  await events.assertQueue(`${name}-events`, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await events.prefetch(PREFETCH);
  await events.consume(`${name}-events`, (message) => {
    if (!message) return;
    JSON.parse(message.content.toString());
    handled.count++;
    events.ack(message);
  });
  return Number(new URL(broker).port);
}
