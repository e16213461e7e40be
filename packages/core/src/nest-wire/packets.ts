import { createEnvelope, type Body, type Envelope, type Message } from '../envelope/envelope.js';
import { ProtocolViolation } from '../errors/conditions.js';
import { isRookeryError } from '../errors/rookery-error.js';
import { normalPattern } from '../pattern/normal-form.js';

/** The header in which the `metadata` of a packet travel, which Nest's dispatch hook sets; as JSON. */
export const METADATA_HEADER = 'nest-metadata';

/** The header in which the options of a record of Nest's (RmqRecord) come to the transport, as JSON; it does not travel. */
export const RECORD_OPTIONS_HEADER = 'nest-record-options';

/** What a stock client sends: a request, or without an id an event. */
export interface IncomingPacket {
  /** The id as JSON, which the replies repeat; `undefined` for an event. */
  readonly id: string | undefined;
  /** The pattern in its normal form; `undefined` for one that no handler can have. */
  readonly pattern: string | undefined;
  readonly body: string | undefined;
  readonly metadata: string | undefined;
}

/** @throws ProtocolViolation when the packet cannot be read */
export function readIncoming(packet: object): IncomingPacket {
  const { id, pattern, data, metadata } = packet as Record<string, unknown>;
  return { id: textOf(id), pattern: patternOf(pattern), body: textOf(data), metadata: textOf(metadata) };
}

/** The message that a packet is. */
export function messageOfPacket(
  { pattern, body, metadata }: IncomingPacket & { readonly pattern: string },
  fields: Partial<Envelope> & Pick<Envelope, 'id'>,
): Message {
  const headers =
    metadata === undefined ? fields.headers : { ...fields.headers, [METADATA_HEADER]: metadata };
  return { envelope: createEnvelope({ ...fields, pattern, headers }), body };
}

/** A request, as a stock client sends it: with the pattern as its caller wrote it. */
export function requestPacket({ envelope, body }: Message, id: string): string {
  return `{"pattern":${rawPattern(envelope.pattern)}${rest(envelope, body)},"id":${JSON.stringify(id)}}`;
}

/** An event, as a stock client sends it: with the pattern in its normal form, as text. */
export function eventPacket({ envelope, body }: Message): string {
  return `{"pattern":${JSON.stringify(envelope.pattern)}${rest(envelope, body)}}`;
}

/**
 * One value of a reply. No member may be added: stock clients take the whole packet for the value then.
 *
 * @param id as JSON, where the medium does not carry it itself
 */
export function replyPacket(id: string | undefined, body: Body, last: boolean): string {
  const members: string[] = [];
  if (body !== undefined) members.push(`"response":${jsonOf(body)}`);
  if (last) members.push('"isDisposed":true');
  if (id !== undefined) members.push(`"id":${id}`);
  return `{${members.join(',')}}`;
}

/** The end of a reply that fails. */
export function failurePacket(id: string | undefined, fields: object): string {
  const members = JSON.stringify(fields);
  return id === undefined ? members : `${members.slice(0, -1)},"id":${id}}`;
}

function rest(envelope: Envelope, body: Body): string {
  const metadata = envelope.headers?.[METADATA_HEADER];
  return (
    (body === undefined ? '' : `,"data":${jsonOf(body)}`) +
    (metadata === undefined ? '' : `,"metadata":${metadata}`)
  );
}

/** Bytes travel as `JSON.stringify` writes them, which is what a stock peer sends of a Buffer. */
function jsonOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function rawPattern(pattern: string): string {
  if (pattern.startsWith('{')) {
    try {
      JSON.parse(pattern);
      return pattern;
    } catch {
      // a text that only begins like an object
    }
  }
  return JSON.stringify(pattern);
}

function patternOf(pattern: unknown): string | undefined {
  try {
    return normalPattern(pattern);
  } catch (error) {
    if (isRookeryError(error)) return undefined;
    throw error;
  }
}

function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    throw new ProtocolViolation('malformed bytes: a packet that nests too deep'); // JSON can be read deeper than it can be written
  }
}

/** What a stock server sends. */
export interface StockReply {
  readonly id: string | undefined;
  /** `undefined` unless the call has failed. */
  readonly err: unknown;
  readonly body: string | undefined;
  /** The reply ends with this. */
  readonly disposed: boolean;
}

const REPLY_MEMBERS = new Set(['id', 'err', 'response', 'isDisposed', 'status']);

/** Reads a reply as Nest 12 does: a packet with any other member is, as a whole, the answer. */
export function readReply(packet: object): StockReply {
  const { id, err, response, isDisposed } = packet as Record<string, unknown>;
  const name = typeof id === 'string' ? id : undefined;
  if (Object.keys(packet).some((member) => !REPLY_MEMBERS.has(member))) {
    return { id: name, err: undefined, body: textOf(packet), disposed: true };
  }
  // As stock clients have it, an error that is falsy is none.
  return { id: name, err: err || undefined, body: textOf(response), disposed: Boolean(isDisposed) };
}
