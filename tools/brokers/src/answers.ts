import { once } from 'node:events';
import { createConnection } from 'node:net';
import { Admin } from '@platformatic/kafka';
import { connect } from 'amqplib';
import type { BrokerKind } from './broker.js';

/** Whether the broker at this address really answers: a whole AMQP handshake, or Kafka's versions and metadata. */
export async function answers(url: string, within: number): Promise<boolean> {
  try {
    await ask[kindOf(url)](new URL(url), within);
    return true;
  } catch {
    return false;
  }
}

/** Whether anybody accepts connections at this port of loopback. */
export async function listens(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** @throws Error when no broker of ours has this scheme */
export function kindOf(url: string): BrokerKind {
  const scheme = url.slice(0, url.indexOf(':'));
  if (scheme === 'amqp' || scheme === 'amqps') return 'rabbitmq';
  if (scheme === 'kafka') return 'kafka';
  throw new Error(
    `"${scheme}:" is the scheme of no broker: amqp://user:password@host:port, kafka://host:port`,
  );
}

const ask: Record<BrokerKind, (url: URL, within: number) => Promise<void>> = {
  async rabbitmq(url, within) {
    const connection = await connect(url.href, { timeout: within });
    await connection.close();
  },
  async kafka(url, within) {
    const [connectTimeout, requestTimeout] = [within, within];
    const options = { clientId: 'rookery-brokers', connectTimeout, requestTimeout, retries: 0 };
    const admin = new Admin({ ...options, bootstrapBrokers: [url.host] });
    try {
      await admin.listTopics();
    } finally {
      await admin.close();
    }
  },
};
