import { isIP } from 'node:net';
import type { ConnectionOptions } from '@platformatic/kafka';
import type { Credentials, Logger } from '@rookery/core';
import type { BrokerUrl } from '../address.js';
import type { Login, Security } from './security.js';

/** What each connection is made with; what is in files is read again then, if they have changed. */
export function connectionOptions(
  { secure, tls, login }: Security,
  brokers: readonly BrokerUrl[],
  logger: Logger,
): Pick<ConnectionOptions, 'tls' | 'sasl' | 'tlsServerName'> {
  // Only names go into a TLS handshake; each broker's own.
  const named = tls?.servername ?? (brokers.every(({ host }) => isIP(host) === 0) || undefined);
  return {
    ...(secure ? { tls: tls ? reread(tls, logger) : {} } : {}),
    ...(secure && named !== undefined ? { tlsServerName: named } : {}),
    ...(login ? { sasl: saslOf(login) } : {}),
  };
}

/** The library copies it for each connection, and looks at each part then. */
function reread(tls: Credentials, logger: Logger): object {
  return {
    get ca() {
      tls.refresh(logger);
      return tls.pem.ca;
    },
    get cert() {
      return tls.pem.cert;
    },
    get key() {
      return tls.pem.key;
    },
  };
}

function saslOf({ mechanism, username, password, token }: Login): NonNullable<ConnectionOptions['sasl']> {
  if (token) return { mechanism, token };
  return { mechanism, ...(username ? { username } : {}), ...(password ? { password } : {}) };
}
