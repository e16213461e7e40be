import { ConfigurationError } from '../errors/conditions.js';

/**
 * The addresses of a url; hosts after a comma take the scheme of the first: `tcp://a:1,b:2`.
 *
 * @param where what the url belongs to, for the message
 * @throws ConfigurationError
 */
export function parseUrls(text: string, where: string): URL[] {
  const scheme = schemeOf(text, where);
  return text.split(',').map((part) => {
    const each = part.trim();
    const full = each.includes('://') || each.startsWith(`${scheme}:`) ? each : `${scheme}://${each}`;
    const url = URL.parse(full);
    if (!url)
      throw new ConfigurationError(
        `${where} is no URL: "${withoutUser(each)}"; write for example ${example(scheme)}`,
      );
    if (url.protocol !== `${scheme}:`) {
      throw new ConfigurationError(
        `${where} mixes the schemes ${scheme}: and ${url.protocol}; one connection has one`,
      );
    }
    return url;
  });
}

/** The scheme of a url, without the colon. */
export function schemeOf(text: string, where: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text.trim())?.[1]?.toLowerCase();
  // "localhost:3001" parses as the scheme "localhost": nobody means that.
  if (!scheme || /^[a-z0-9.-]+:\d+$/i.test(text.trim())) {
    throw new ConfigurationError(
      `${where} has no scheme: "${withoutUser(text)}"; write for example ${example('tcp')}`,
    );
  }
  return scheme;
}

/** Schemes that are others over TLS. */
const OVER_TLS: Readonly<Record<string, string>> = { amqps: 'amqp', kafkas: 'kafka', tcps: 'tcp' };

/** The scheme of a url but for TLS: `tcp` of both `tcp:` and `tcps:`. */
export function mediumOf(text: string, where: string): string {
  const scheme = schemeOf(text, where);
  return OVER_TLS[scheme] ?? scheme;
}

/** What goes into messages: a URL may have a password in it. */
function withoutUser(text: string): string {
  return text.replace(/[^/,]*@/g, '…@');
}

function example(scheme: string): string {
  return scheme === 'memory' ? 'memory:' : `${scheme}://127.0.0.1:3001`;
}
