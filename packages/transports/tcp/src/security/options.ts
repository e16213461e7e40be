import { ConfigurationError, Credentials, type TlsOptions } from '@rookery/core';
import { type Address, isLoopback, urlOf } from '../address.js';
import { AllowList } from './allow-list.js';

/** How a TCP transport knows who is at the other end. */
export interface SecurityOptions {
  /** Speak TLS, on the listener and to every service that is called. */
  readonly tls?: TlsOptions | undefined;
  /**
   * A secret, at least 16 characters, that both sides prove to have and never send. Of several, the first is the one
   * that this side proves with; from its callers it takes any, so that secrets can be changed one process at a time.
   */
  readonly secret?: string | readonly string[] | undefined;
  /**
   * Who may use which patterns of this service, requests and events: `{ 'orders.*': ['shop'] }`. A caller has to be
   * named by every entry that matches; a pattern that no entry matches is open to all who are authenticated.
   */
  readonly allow?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Listen beyond loopback although anybody who reaches the port is served. Default `false`. */
  readonly insecure?: boolean | undefined;
}

/** The options, checked, with the certificates read. */
export interface SecuritySettings {
  readonly tls: Credentials | undefined;
  /** Whether callers have to show a certificate. */
  readonly mutual: boolean;
  /** Whether only this machine can reach the listener. */
  readonly local: boolean;
  /** Empty when there is none. */
  readonly secrets: readonly string[];
  readonly allow: AllowList | undefined;
}

const SHORTEST_SECRET = 16;

/** @throws ConfigurationError that names the option and what it has to be */
export function securityOf(options: SecurityOptions, listen: Address | undefined): SecuritySettings {
  const { tls, secret, allow, insecure } = options;
  const secrets = secret === undefined ? [] : typeof secret === 'string' ? [secret] : secret;
  checkSecrets(secret, secrets);
  const credentials = tls && new Credentials(tls);
  const mutual = tls?.mutual ?? (tls?.cert !== undefined && tls.ca !== undefined);
  if (tls) checkTls(tls, mutual, listen);
  if (!tls && listen?.secure) throw needsCertificate(listen);
  if (allow && !mutual && secrets.length === 0) {
    throw new ConfigurationError(
      'allow says which callers may use a pattern, but nothing proves who a caller is; ' +
        'add secret, or tls with ca so that callers show a certificate',
    );
  }
  if (listen && !insecure && !tls && secrets.length === 0 && !isLoopback(listen.host)) {
    throw new ConfigurationError(
      `${urlOf(listen)} can be reached from beyond this machine, and whoever reaches it would be served; ` +
        'add tls or a secret, listen on 127.0.0.1, or say insecure: true if the network lets in only those who may',
    );
  }
  return {
    tls: credentials,
    mutual,
    local: listen !== undefined && isLoopback(listen.host),
    secrets,
    allow: allow && new AllowList(allow),
  };
}

function checkSecrets(given: SecurityOptions['secret'], secrets: readonly string[]): void {
  if (given !== undefined && secrets.length === 0) {
    throw new ConfigurationError('secret is an empty list; give one secret, or leave it out');
  }
  // The message must not tell the secret: it ends in logs.
  const short = secrets.findIndex((one) => one.length < SHORTEST_SECRET);
  if (short < 0) return;
  throw new ConfigurationError(
    `secret number ${short + 1} has ${secrets[short]?.length} characters; it has to have at least ${SHORTEST_SECRET}, ` +
      'hard to guess: openssl rand -base64 32 makes a good one',
  );
}

function checkTls(tls: TlsOptions, mutual: boolean, listen: Address | undefined): void {
  const { cert, ca, reloadInterval } = tls;
  if (listen && cert === undefined) throw needsCertificate(listen);
  if (mutual && listen && ca === undefined) {
    throw new ConfigurationError(
      'tls.mutual asks callers for certificates, but not of whom; add tls.ca, the authority that made theirs',
    );
  }
  if (reloadInterval !== undefined && !(Number.isFinite(reloadInterval) && reloadInterval >= 1)) {
    throw new ConfigurationError(
      `tls.reloadInterval is ${reloadInterval}; it has to be milliseconds, at least 1`,
    );
  }
}

function needsCertificate(listen: Address): ConfigurationError {
  return new ConfigurationError(
    `to listen with TLS at ${urlOf(listen)} takes a certificate; give tls.cert and tls.key (ROOKERY_TLS_CERT and ROOKERY_TLS_KEY)`,
  );
}
