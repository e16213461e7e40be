import { isIP } from 'node:net';
import { ConfigurationError } from '@rookery/core';

/** Where a socket listens or connects. */
export interface Address {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** What the name stands for, where it was looked up. */
  readonly ip?: string | undefined;
  /** Whether TLS is spoken there. */
  readonly secure?: boolean | undefined;
}

/** The address as people write it. */
export function urlOf({ host, port, secure }: Pick<Address, 'host' | 'port' | 'secure'>): string {
  return `${secure ? 'tcps' : 'tcp'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The address with what its name stands for, as messages to people have it. */
export function placeOf(address: Address): string {
  return address.ip === undefined ? urlOf(address) : `${urlOf(address)} (${address.ip})`;
}

/** @throws ConfigurationError that says what is wrong with it */
export function parseAddress(address: string | URL): Address {
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw new ConfigurationError(`'${String(address)}' is no address; write tcp://host:port`, { cause });
  }
  if (url.protocol !== 'tcp:' && url.protocol !== 'tcps:')
    throw new ConfigurationError(`'${url.href}' is not tcp://; write tcp://host:port, or tcps:// for TLS`);
  if (url.username !== '' || url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname)) {
    throw new ConfigurationError(
      `'tcp://${url.host}' goes on after the port, which has no meaning; write tcp://host:port`,
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === '') throw new ConfigurationError(`'${url.href}' has no host; write tcp://host:port`);
  if (url.port === '')
    throw new ConfigurationError(`'${url.href}' has no port; write tcp://${url.hostname}:port`);
  return { host, port: Number(url.port), ...(url.protocol === 'tcps:' ? { secure: true } : {}) };
}

/** Whether only this machine can reach a listener there. Names other than localhost may mean anything, so they are not. */
export function isLoopback(host: string): boolean {
  switch (isIP(host)) {
    case 4:
      return host.startsWith('127.');
    case 6:
      return ['::1', '0:0:0:0:0:0:0:1'].includes(host) || host.toLowerCase().startsWith('::ffff:127.');
    default:
      return host.toLowerCase() === 'localhost';
  }
}
