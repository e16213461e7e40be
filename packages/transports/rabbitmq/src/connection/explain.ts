import {
  AddressUnusable,
  certificateProblem,
  ConfigurationError,
  ConnectionLost,
  handshakeProblem,
  isRookeryError,
  PayloadTooLarge,
  PermissionDenied,
  refusalProblem,
  Unauthenticated,
  type RookeryError,
} from '@rookery/core';
import { sizeTaken } from '../message/size-limit.js';
import { missingRight } from './missing-right.js';

/** A broker's address for people: without the password. */
export function shownUrl(url: URL): string {
  const user = url.username === '' ? '' : `${url.username}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

/**
 * What went wrong, where, and what to do.
 *
 * @param external whether the certificate says who this side is
 */
export function explain(cause: unknown, url: URL, external = false): RookeryError {
  if (isRookeryError(cause)) return cause;
  const where = `RabbitMQ at ${shownUrl(url)}`;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const { code } = error as { code?: unknown };
  const why = error.message || String(code);
  const user = external
    ? 'the name in the certificate of this side'
    : `'${decodeURIComponent(url.username) || 'guest'}'`;
  const untrusted = certificateProblem(error) ?? refusalProblem(error);
  if (untrusted !== undefined) return new Unauthenticated(`${where}: ${untrusted}`, { cause });
  const handshake = handshakeProblem(error);
  if (handshake !== undefined) return new ConfigurationError(`${where}: ${handshake}`, { cause });
  if (/SASL mechanism EXTERNAL is not provided/.test(why))
    return new ConfigurationError(
      `${where} takes no certificate in place of a user: enable its plugin rabbitmq_auth_mechanism_ssl and its mechanism EXTERNAL, or give a user and a password in the url`,
      { cause },
    );
  if (/ACCESS_REFUSED.*login|ACCESS-REFUSED.*login/i.test(why))
    return new Unauthenticated(
      external
        ? `${where} does not let ${user} in: it has to be the name of a user there, without a password`
        : `${where} does not let ${user} in: check the name and the password in the url`,
      { cause },
    );
  // amqplib does not pass on why a connection is closed when it is to be opened, which is this.
  if (/Expected ConnectionOpenOk; got.*ConnectionClose/.test(why)) {
    const vhost = decodeURIComponent(url.pathname.slice(1)) || '/';
    return new ConfigurationError(
      `${where} does not open the virtual host '${vhost}' to ${user}: create it, give the user rights there, or correct the path of the url`,
      { cause },
    );
  }
  if (code === 403)
    return new PermissionDenied(`${where}: ${missingRight(error) ?? `${user} may not do this: ${why}`}`, {
      cause,
    });
  if (sizeTaken(error) !== undefined)
    return new PayloadTooLarge(`${where} does not take a message: ${why}`, { cause });
  if (code === 406)
    return new ConfigurationError(
      `${where} has something of the same name that is declared otherwise: ${why}; delete it there, or give the options that it was declared with`,
      { cause },
    );
  if (typeof code === 'string' || /ETIMEDOUT|closed abruptly/.test(why))
    return new AddressUnusable(`${where} does not answer: ${why}; does it run, and does it listen there?`, {
      cause,
    });
  return new ConnectionLost(`the connection to ${where} was lost: ${why}`, { cause });
}

/** Whether trying again would not help. */
export function isHopeless({ code }: RookeryError): boolean {
  return code === 'UNAUTHENTICATED' || code === 'PERMISSION_DENIED' || code === 'CONFIGURATION';
}
