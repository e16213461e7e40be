import {
  attributeHeader,
  attributeOf,
  createEnvelope,
  sourceOf,
  sourceUriOf,
  timeOf,
  type Body,
  type Envelope,
  type Message,
} from '@rookery/core';
import type { FetchedRecord } from '../fetch/fetched-record.js';
import { headerName } from '../fetch/header-name.js';
import { bodyOfStock, stockValue } from '../nest-wire/values.js';
import type { Names } from '../topics/names.js';

/** Where Kafka's binding of CloudEvents puts an attribute. */
const ATTRIBUTE = 'ce_';
const CONTENT_TYPE = 'content-type';
const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const BYTES_TYPE = 'application/octet-stream';

/** What is Rookery's own and no attribute of the event. */
const OWN = 'rookery_';
/** Before an application's header whose name would be taken for something else. */
const HEADER = `${OWN}header_`;
/** Whether a body with a content type of its own is text. */
const TEXT = `${OWN}text`;

/** Fields of an envelope that are CloudEvents' own or extensions of it, by the names there. */
const TEXTS = {
  partitionkey: 'key',
  correlationid: 'correlationId',
  causationid: 'causationId',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  baggage: 'baggage',
  caller: 'caller',
  tenant: 'tenant',
  idempotencykey: 'idempotencyKey',
} as const satisfies Record<string, keyof Envelope>;

const NUMBERS = { slot: 'slot', timeout: 'timeout', attempt: 'attempt' } as const satisfies Record<
  string,
  keyof Envelope
>;

const FIELDS = Object.entries({ ...TEXTS, ...NUMBERS }).map(
  ([name, field]) => [ATTRIBUTE + name, field] as const,
);

type Header = readonly [name: string, value: string];

/**
 * An event as a CloudEvent 1.0 in binary mode: attributes as headers, the body as it is.
 *
 * @param stock whether services on stock Nest are to read the body too: a text has no quotes then
 */
export function encodeEvent(
  { envelope, body }: Message,
  stock: boolean,
): { headers: Header[]; value: Buffer | undefined } {
  const { id, pattern, source, time, contentType } = envelope;
  const headers: Header[] = [
    ['ce_specversion', '1.0'],
    ['ce_id', id],
    ['ce_source', sourceUriOf(source)],
    ['ce_type', pattern],
  ];
  if (time !== undefined) headers.push(['ce_time', new Date(time).toISOString()]);
  for (const [name, field] of FIELDS) {
    const value = envelope[field];
    if (value !== undefined) headers.push([name, String(value)]);
  }
  const text = typeof body === 'string';
  const bare = stock && contentType === undefined && text && body.startsWith('"');
  if (contentType !== undefined) headers.push([CONTENT_TYPE, contentType], [TEXT, String(text)]);
  else if (body !== undefined) headers.push([CONTENT_TYPE, bare ? TEXT_TYPE : text ? JSON_TYPE : BYTES_TYPE]);
  for (const [name, value] of Object.entries(envelope.headers ?? {}))
    headers.push([isTaken(name, value) ? HEADER + name : name, value]);
  if (stock && contentType === undefined) return { headers, value: stockValue(body) };
  return { headers, value: body === undefined ? undefined : Buffer.from(body) };
}

function isTaken(name: string, value: string): boolean {
  if (name.startsWith(ATTRIBUTE)) return attributeOf(name, value) === undefined;
  return name.startsWith(OWN) || name === CONTENT_TYPE;
}

/**
 * The message of a record, nothing of it shared with anybody. What is no CloudEvent is an event as well: it has the pattern
 * of its topic, and an id made of where it is.
 *
 * @param stock whether a body whose type nothing says is of stock Nest; else it is JSON
 */
export function decodeEvent(record: FetchedRecord, names: Names, stock: boolean): Message {
  const fields: Record<string, string | number> = {};
  const headers: Record<string, string> = {};
  let type: string | undefined;
  let source: string | undefined;
  let time: number | undefined;
  let contentType: string | undefined;
  let text: boolean | undefined;
  for (const [key, bytes] of record.headers) {
    const name = key ? headerName(key) : '';
    if (name === 'ce_specversion') continue;
    const value = bytes?.toString() ?? '';
    if (name === 'ce_id') fields['id'] = value;
    else if (name === 'ce_type') type = value;
    else if (name === 'ce_source') source = sourceOf(value);
    else if (name === 'ce_time') time = timeOf(value);
    else if (name === CONTENT_TYPE) contentType = value;
    else if (name === TEXT) text = value === 'true';
    else if (name.startsWith(ATTRIBUTE)) addAttribute(fields, headers, name, value);
    else if (name.startsWith(HEADER)) headers[name.slice(HEADER.length)] = value;
    else if (!name.startsWith(OWN)) headers[name] = value;
  }
  const { topic, partition, offset } = record;
  // A topic of Rookery's own has events of many.
  const pattern = names.patternOf(topic);
  const plain = text === undefined;
  // Whoever knows no CloudEvents says it by Kafka's own key.
  if (type === undefined && record.key) fields['key'] = record.key.toString();
  const envelope = createEnvelope({
    id: `${topic}/${partition}/${offset}`,
    ...fields,
    source,
    time,
    // A topic may have events whose types somebody else has named.
    pattern:
      type !== undefined && (pattern === undefined || names.topicOf(type) === topic) ? type : (pattern ?? ''),
    contentType: plain && isOwn(contentType) ? undefined : contentType,
    headers: Object.keys(headers).length > 0 ? headers : undefined,
  });
  if (stock && contentType === undefined) return { envelope, body: bodyOfStock(record.value) };
  return { envelope, body: bodyOf(record.value, text ?? !isBytes(contentType)) };
}

function addAttribute(
  fields: Record<string, string | number>,
  headers: Record<string, string>,
  name: string,
  value: string,
): void {
  const attribute = name.slice(ATTRIBUTE.length);
  if (Object.hasOwn(TEXTS, attribute)) fields[TEXTS[attribute as keyof typeof TEXTS]] = value;
  else if (Object.hasOwn(NUMBERS, attribute)) {
    const number = Number(value);
    if (!Number.isNaN(number)) fields[NUMBERS[attribute as keyof typeof NUMBERS]] = number;
  } else {
    const header = attributeHeader(attribute);
    if (header !== undefined) headers[header] = value;
  }
}

/** What a codec reads that says nothing of itself. */
function isOwn(contentType: string | undefined): boolean {
  return (
    contentType === undefined || contentType === BYTES_TYPE || /^application\/json\s*(;|$)/i.test(contentType)
  );
}

function isBytes(contentType: string | undefined): boolean {
  return contentType !== undefined && !/[/+]json\b|^text\//i.test(contentType);
}

function bodyOf(value: Buffer | null, text: boolean): Body {
  if (value === null) return undefined;
  return text ? value.toString() : new Uint8Array(value);
}
