import {
  AddressUnusable,
  ConfigurationError,
  ConnectionLost,
  isRookeryError,
  PermissionDenied,
  Unauthenticated,
  type RookeryError,
} from '@rookery/core';

/** A broker's address for people: without the password. */
export function shownUrl(url: URL): string {
  const user = url.username === '' ? '' : `${url.username}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

/** What went wrong, where, and what to do. */
export function explain(cause: unknown, url: URL): RookeryError {
  if (isRookeryError(cause)) return cause;
  const where = `RabbitMQ at ${shownUrl(url)}`;
  const why =
    cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : String(cause);
  const code = (cause as { code?: unknown } | undefined)?.code;
  const user = decodeURIComponent(url.username) || 'guest';
  if (/ACCESS_REFUSED.*login|ACCESS-REFUSED/i.test(why))
    return new Unauthenticated(
      `${where} does not let '${user}' in: check the name and the password in the url`,
      { cause },
    );
  // amqplib does not pass on why a connection is closed when it is to be opened, which is this.
  if (/Expected ConnectionOpenOk; got.*ConnectionClose/.test(why)) {
    const vhost = decodeURIComponent(url.pathname.slice(1)) || '/';
    return new ConfigurationError(
      `${where} does not open the virtual host '${vhost}' to '${user}': create it, give the user rights there, or correct the path of the url`,
      { cause },
    );
  }
  if (code === 403) return new PermissionDenied(`${where} does not let '${user}' do this: ${why}`, { cause });
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
