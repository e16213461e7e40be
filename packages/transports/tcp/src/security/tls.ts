import { constants } from 'node:crypto';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure, type TlsOptions } from 'node:tls';
import type { Logger, Pem } from '@rookery/core';
import type { Address } from '../address.js';
import type { SecuritySettings } from './options.js';

const MIN_VERSION = 'TLSv1.3';

/** Begins to connect; a certificate of the other side that is not accepted ends it as an `error`. */
export function dial(address: Address, { tls }: SecuritySettings, logger: Logger): Socket {
  const { host, port, ip = host, secure } = address;
  if (!secure) return connectPlain({ host: ip, port });
  tls?.refresh(logger);
  const servername = tls?.servername ?? (isIP(host) ? undefined : host);
  return connectSecure({
    host: ip,
    port,
    ...tls?.pem,
    ...(servername === undefined ? {} : { servername }),
    minVersion: MIN_VERSION,
  });
}

/** The options of a server of TLS sessions. */
export function serverTls(pem: Pem, mutual: boolean): TlsOptions {
  return {
    ...pem,
    minVersion: MIN_VERSION,
    // A session that is resumed is not asked for its certificate again, although the authority may have changed.
    secureOptions: constants.SSL_OP_NO_TICKET,
    requestCert: mutual,
    // Refused by this side's own GOODBYE, which can say why; TLS would close without a word.
    rejectUnauthorized: false,
  };
}
