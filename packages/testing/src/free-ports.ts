import { createServer } from 'node:net';
import { systemRandom } from '@rookery/core';

/** Below the ports that Linux and others hand out for outgoing connections, so that none of those takes one meanwhile. */
const FIRST = 15_000;
const LAST = 32_000;

/**
 * `count` ports of 127.0.0.1 on which nobody listens: for what has to have the same address again after a restart. Where
 * that does not matter, listen on port 0.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = FIRST + Math.floor(systemRandom.next() * (LAST - FIRST));
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
