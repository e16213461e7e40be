import { once } from 'node:events';
import { createServer } from 'node:net';

/*
 * Below the range from which the system takes ports for outgoing connections. In that range a client that keeps trying
 * to reach a service that is down can be given the service's own port, connect to itself, and keep the service out.
 */
const LOWEST = 20_000;
const HIGHEST = 29_999;

/**
 * Some ports of this machine's loopback interface on which nobody listens, all different.
 *
 * @param except one that is promised to somebody who does not listen yet
 */
export async function freePorts(count: number, except?: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (port !== except && (await whyTaken(port)) === undefined) ports.add(port);
  }
  return [...ports];
}

/** The system's code for why nobody can listen on a port of loopback, `EADDRINUSE` for one; `undefined` if it is free. */
export async function whyTaken(port: number): Promise<string | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    server.close();
  }
}
