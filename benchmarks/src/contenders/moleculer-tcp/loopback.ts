import { Server } from 'node:net';
import type { BrokerOptions } from 'moleculer';

/** The client knows the server by this name and its port, so no multicast is needed to find it. */
export const serverNode = 'math-server';

/** @param urls - the nodes known beforehand: `host:port/node`, separated by commas */
export function brokerOptions(nodeID: string, urls = ''): BrokerOptions {
  stayOnLoopback();
  const options = { udpDiscovery: false, useHostname: false, gossipPeriod: 1, urls };
  return { nodeID, logger: false, transporter: { type: 'TCP', options } };
}

/** Moleculer's TCP reader names no host and would listen on every interface, so all of this process stay here. */
function stayOnLoopback(): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the server as `this` again
  const listen = Server.prototype.listen as (this: Server, options: object, done: () => void) => Server;
  Server.prototype.listen = function (this: Server, options: object, done: () => void) {
    return listen.call(this, { ...options, host: '127.0.0.1' }, done);
  } as typeof Server.prototype.listen;
}
