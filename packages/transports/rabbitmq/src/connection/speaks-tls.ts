import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Clock } from '@rookery/core';

/**
 * Whether a TLS session can be had at this address, whoever is there: a port of TLS says nothing to those who do not speak it,
 * and breaks the connection.
 *
 * @param within milliseconds after which it is taken for a no
 */
export function speaksTls({ hostname, port }: URL, clock: Clock, within: number): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      ...{ host, port: Number(port || 5672) },
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false, // nothing is said to it
    });
    const end = (speaks: boolean): void => {
      timer.cancel();
      socket.destroy();
      resolve(speaks);
    };
    const timer = clock.after(within, () => end(false));
    socket.once('secureConnect', () => end(true));
    socket.on('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
