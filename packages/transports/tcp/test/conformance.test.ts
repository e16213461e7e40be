import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { describe, test } from 'vitest';
import type { Transport, TransportFactory } from '@rookery/core';
import { tcp, type TcpOptions } from '@rookery/tcp';
import { conformance, freePorts, type Medium, type Subject } from '@rookery/testing';

const HOST = '127.0.0.1';
const LIMITS = { maxEvents: 500, maxBody: 1_048_576 };
/** Reconnecting fast, because the cases wait for it. */
const OPTIONS: TcpOptions = { ...LIMITS, reconnect: { first: 5, longest: 50 } };
/** More than any case has replicas. */
const PORTS = 8;

const socketsOf = new WeakMap<Transport, Set<Socket>>();

async function create(): Promise<Medium> {
  const ports = await freePorts(PORTS);
  const replicas: { service: string; name: string; port: number }[] = [];
  /** Where all services are but one, which need not be told where itself is. */
  const services = (but?: string) => {
    const addresses: Record<string, string[]> = {};
    for (const { service, port } of replicas) {
      if (service !== but) (addresses[service] ??= []).push(`tcp://${HOST}:${port}`);
    }
    return addresses;
  };
  return {
    replica(service, name) {
      let replica = replicas.find((known) => known.service === service && known.name === name);
      if (!replica) replicas.push((replica = { service, name, port: ports.pop() ?? 0 }));
      const listen = { host: HOST, port: replica.port };
      return watched(tcp({ ...OPTIONS, listen, services: services(service) }));
    },
    client: () => tcp({ ...OPTIONS, services: services() }),
  };
}

/** Remembers who is connected, so that they can be cut off. */
function watched({ scheme, create }: TransportFactory): TransportFactory {
  return {
    scheme,
    create(host) {
      const transport = create(host);
      const sockets = new Set<Socket>();
      socketsOf.set(transport, sockets);
      (transport.unwrap() as Server).on('connection', (socket) => sockets.add(socket));
      return transport;
    },
  };
}

const subject: Subject = {
  name: 'tcp',
  capabilities: {
    maxBody: LIMITS.maxBody,
    acceptance: 'memory',
    direct: true,
    wildcards: true,
    delay: true,
    deadLetters: false,
    uploads: true,
  },
  maxQueue: LIMITS.maxEvents,
  create,
  async kill(transport) {
    for (const socket of socketsOf.get(transport) ?? []) socket.destroy();
    await transport.close();
  },
  async sendBytes(transport, bytes) {
    const { hostname, port } = new URL(transport.describe().addresses[0] ?? '');
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined); // it may be cut off while it writes
    socket.resume();
    const closed = once(socket, 'close');
    socket.end(bytes);
    await closed;
  },
};

conformance(subject, { describe, test });
