import { ConfigurationError } from '@rookery/core';

/** Where a broker is. */
export interface Address {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 9092;

/** The address as people write it. */
export function urlOf({ host, port }: Address): string {
  return `kafka://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** @throws ConfigurationError that says what is wrong with it */
export function parseAddress(address: string | URL): Address {
  const url = URL.parse(String(address));
  if (url?.protocol !== 'kafka:' || url.hostname === '')
    throw new ConfigurationError(`'${String(address)}' is no address of a broker; write kafka://host:port`);
  if (url.username !== '' || url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname)) {
    throw new ConfigurationError(
      `'kafka://${url.host}' goes on after the port, which has no meaning; write kafka://host:port`,
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: url.port === '' ? DEFAULT_PORT : Number(url.port) };
}
