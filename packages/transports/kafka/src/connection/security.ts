import { ConfigurationError, Credentials, type TlsOptions } from '@rookery/core';
import type { BrokerUrl } from '../address.js';

/** How a user and a password are proven. */
export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

/** OAUTHBEARER: a token is asked for at each connection. */
export interface SaslToken {
  readonly token: () => string | Promise<string>;
}

/** How the brokers know this side, and this side the brokers. */
export interface Security {
  readonly secure: boolean;
  readonly tls: Credentials | undefined;
  readonly login: Login | undefined;
}

/** As the protocol calls it. */
type Mechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';

/** What this side proves itself with. */
export interface Login {
  readonly mechanism: Mechanism;
  /** For people: `user 'anna'`. */
  readonly who: string;
  /** Functions, so that nobody sees a secret who looks at the options. */
  readonly username?: () => string;
  readonly password?: () => string;
  readonly token?: SaslToken['token'];
}

const MECHANISMS: Readonly<Record<SaslMechanism, Mechanism>> = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
};

/** @throws ConfigurationError */
export function securityOf(
  urls: readonly BrokerUrl[],
  tls: TlsOptions | undefined,
  sasl: SaslMechanism | SaslToken | undefined,
): Security {
  return {
    secure: tls !== undefined || urls.some(({ secure }) => secure),
    tls: tls && new Credentials(tls),
    login: loginOf(urls, sasl),
  };
}

function loginOf(urls: readonly BrokerUrl[], sasl: SaslMechanism | SaslToken | undefined): Login | undefined {
  if (typeof sasl === 'object')
    return { mechanism: 'OAUTHBEARER', who: 'the owner of its token', token: sasl.token };
  const user = urls.find((url) => url.user)?.user;
  const wanted = sasl ?? urls.find((url) => url.sasl)?.sasl;
  if (wanted !== undefined && !Object.hasOwn(MECHANISMS, wanted)) {
    const known = Object.keys(MECHANISMS).join(', ');
    throw new ConfigurationError(`sasl is '${wanted}'; it has to be one of ${known}, or { token }`);
  }
  if (!user) {
    if (wanted === undefined) return undefined;
    throw new ConfigurationError(`sasl is ${wanted}, and there is no user; write kafka://user:password@host`);
  }
  const { name, password } = user;
  return {
    mechanism: MECHANISMS[(wanted ?? 'plain') as SaslMechanism],
    who: `user '${name}'`,
    username: () => name,
    password: () => password,
  };
}
