/** The source of an event whose sender has no name; CloudEvents wants one. */
const ANONYMOUS = 'urn:rookery:anonymous';

/** Attributes of CloudEvents that are fields of an envelope, or say what a message says anyway. */
const OWN = new Set([
  ...['specversion', 'id', 'source', 'type', 'time', 'datacontenttype', 'data'],
  ...['partitionkey', 'slot', 'timeout', 'attempt', 'correlationid', 'causationid', 'idempotencykey'],
  ...['traceparent', 'tracestate', 'baggage', 'caller', 'tenant'],
]);

/** Before the name of an attribute that is no field of an envelope, among the application's headers. */
const MARK = 'ce_';

/** What CloudEvents calls the `source` of an envelope: a URI reference. */
export function sourceUriOf(source: string | undefined): string {
  return source === undefined ? ANONYMOUS : `/${encodeURIComponent(source.toWellFormed())}`;
}

/** Gives back what {@link sourceUriOf} was given; a URI of somebody else stays what it is. */
export function sourceOf(uri: string): string | undefined {
  if (uri === ANONYMOUS) return undefined;
  if (!/^\/[^/]*$/.test(uri)) return uri;
  try {
    return decodeURIComponent(uri.slice(1));
  } catch {
    return uri;
  }
}

/**
 * The attribute of CloudEvents that an application's header stands for, on every medium: `subject` for `ce_subject`. None for
 * those that an envelope has fields for.
 */
export function attributeOf(header: string, value: string): string | undefined {
  if (!header.startsWith(MARK) || value === '') return undefined;
  const name = header.slice(MARK.length);
  return /^[a-z0-9]+$/.test(name) && !OWN.has(name) ? name : undefined;
}

/** The header for an attribute; `undefined` for those that an envelope has fields for. */
export function attributeHeader(attribute: string): string | undefined {
  return OWN.has(attribute) ? undefined : MARK + attribute;
}

/** The time of an event in milliseconds since the Unix epoch; `undefined` for what is no time. */
export function timeOf(text: string): number | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
