import { once } from 'node:events';
import { createConnection } from 'node:net';
import { type BrokerKind, brokerKinds } from './broker.js';
import { kinds } from './kinds/all.js';

/** Whether the broker at this address really answers, within so many milliseconds. */
export async function answers(url: string, within: number): Promise<boolean> {
  try {
    await kinds[kindOf(url)].ask(new URL(url), within);
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
  const kind = brokerKinds.find((each) => kinds[each].schemes.includes(scheme));
  if (kind) return kind;
  const addresses = brokerKinds.map((each) => kinds[each].address).join(', ');
  throw new Error(`"${scheme}:" is the scheme of no broker: ${addresses}`);
}
