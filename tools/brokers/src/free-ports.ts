import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Ports of loopback that nobody listens on, below those that the system gives to clients: while a broker is away, a
 * client that keeps trying to reach it could otherwise be given its very port, connect to itself and keep it.
 */
export async function freePorts(count: number): Promise<number[]> {
  const below = Math.min(firstOfClients(), 32_768);
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 10_000 + Math.floor(Math.random() * (below - 10_000));
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function firstOfClients(): number {
  try {
    const first = Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
    return first > 11_000 ? first : 65_536; // a range that leaves no room below is no help
  } catch {
    return 32_768;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
