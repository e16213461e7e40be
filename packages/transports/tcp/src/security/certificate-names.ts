import type { X509Certificate } from 'node:crypto';

/** The names that a certificate is for: its DNS names and URIs in their order or, if it has none, its CN. */
export function certifiedNames(certificate: X509Certificate | undefined): string[] {
  if (!certificate) return [];
  const alternatives = parseAlternatives(certificate.subjectAltName ?? '');
  if (alternatives.length > 0) return alternatives;
  const common = /^CN=(.+)$/m.exec(certificate.subject ?? '')?.[1];
  return common === undefined ? [] : [common];
}

/**
 * The whole name of the certificate that fits what a caller says it is: the same, a DNS name that begins with it
 * (`orders.prod.svc` for `orders`) or a URI that ends with it (`spiffe://example.org/prod/orders`). A caller that says
 * nothing gets the first.
 */
export function nameFor(service: string | undefined, names: readonly string[]): string | undefined {
  if (service === undefined) return names[0];
  const fits = (name: string) =>
    name === service ||
    (name.includes('://') ? name.split('/').at(-1) === service : name.split('.')[0] === service);
  return service === '' ? undefined : names.find(fits);
}

/** Node.js writes a name that has a comma or a quote as JSON text, so that it cannot pass for two. */
function parseAlternatives(text: string): string[] {
  const names: string[] = [];
  for (const [part] of text.matchAll(/(?:"(?:\\.|[^"\\])*"|[^",])+/g)) {
    const value = /^(?:DNS|URI):(.+)$/s.exec(part.trim())?.[1];
    if (value !== undefined) names.push(value.startsWith('"') ? (JSON.parse(value) as string) : value);
  }
  return names;
}
