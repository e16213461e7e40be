import { ConfigurationError } from '@rookery/core';

/** Where a broker is. */
export interface Address {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What a URL of a broker says. */
export interface BrokerUrl extends Address {
  readonly secure: boolean;
  readonly user: { readonly name: string; readonly password: string } | undefined;
  /** Its path. */
  readonly namespace: string | undefined;
  /** Of `?sasl=`. */
  readonly sasl: string | undefined;
}

const DEFAULT_PORT = 9092;
const EXAMPLE =
  'write kafka://host:port or kafka://host:port/namespace, and kafkas://user:password@host:port for TLS and a user';

/** The address as people write it. */
export function urlOf({ host, port }: Address, secure: boolean): string {
  return `${secure ? 'kafkas' : 'kafka'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** @throws ConfigurationError that says what is wrong with it, without a password */
export function parseAddress(address: string | URL): BrokerUrl {
  const url = URL.parse(String(address));
  if (!url || !/^kafkas?:$/.test(url.protocol) || url.hostname === '')
    throw new ConfigurationError(`'${withoutUser(String(address))}' is no address of a broker; ${EXAMPLE}`);
  const { searchParams } = url;
  const unknown = [...searchParams.keys()].some((name) => name !== 'sasl');
  const [, namespace = '', ...rest] = url.pathname.split('/');
  if (unknown || url.hash !== '' || rest.length > 0)
    throw new ConfigurationError(
      `'${url.protocol}//${url.host}' has more behind the port than a namespace; ${EXAMPLE}`,
    );
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    namespace: namespace === '' ? undefined : namespace,
    secure: url.protocol === 'kafkas:',
    user: url.username === '' ? undefined : { name: decoded(url.username), password: decoded(url.password) },
    sasl: searchParams.get('sasl') ?? undefined,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ConfigurationError(
      "the address of a broker has a '%' in its user or password that begins no byte; write it as %25",
    );
  }
}

function withoutUser(text: string): string {
  return text.replace(/\/\/.*@/, '//…@');
}
