import { connect as connectBroker } from 'amqplib';
import type { Calls, Member } from '../../calls.js';
import type { Place } from '../../contender.js';

const REPLY_TO = 'amq.rabbitmq.reply-to';

export async function connect(_port: number, { broker, name }: Place): Promise<Calls> {
  const model = await connectBroker(broker, { noDelay: true });
  const requests = await model.createChannel();
  const pending = new Map<string, (answer: unknown) => void>();
  await requests.consume(
    REPLY_TO,
    (message) => {
      if (!message) return;
      const { correlationId } = message.properties as { correlationId: string };
      pending.get(correlationId)?.(JSON.parse(message.content.toString()));
      pending.delete(correlationId);
    },
    { noAck: true },
  );
  let last = 0;
  const call = (type: string, body: unknown) =>
    new Promise<unknown>((resolve) => {
      const correlationId = String(++last);
      pending.set(correlationId, resolve);
      const content = Buffer.from(JSON.stringify(body));
      requests.publish('', `${name}-requests`, content, { type, correlationId, replyTo: REPLY_TO });
    });

  const events = await model.createConfirmChannel();
  return {
    sum: (numbers) => call('sum', numbers) as Promise<number>,
    echo: (member) => call('echo', member) as Promise<Member>,
    note: (event) =>
      new Promise((resolve, reject) => {
        const content = Buffer.from(JSON.stringify(event));
        const confirmed = (error: Error | null) => (error ? reject(error) : resolve());
        events.publish('', `${name}-events`, content, { persistent: true }, confirmed);
      }),
  };
}
