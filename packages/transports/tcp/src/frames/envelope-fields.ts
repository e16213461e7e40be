import type { Envelope, Headers } from '@rookery/core';
import type { Cursor } from './cursor.js';
import { type FrameWriter, textBound, VARINT_BOUND } from './frame-writer.js';
import { malformed } from './protocol.js';

/**
 * Which fields of an envelope follow, as bits of one varint, in the order in which they follow. What nearly every
 * message has is in the first seven, so that the varint is one byte.
 */
export const EnvelopeField = {
  timeout: 1 << 0,
  /** The source is the service that the sender's handshake named; nothing follows. */
  sourceOfPeer: 1 << 1,
  correlationId: 1 << 2,
  causationId: 1 << 3,
  traceparent: 1 << 4,
  time: 1 << 5,
  key: 1 << 6,
  slot: 1 << 7,
  source: 1 << 8,
  tracestate: 1 << 9,
  baggage: 1 << 10,
  caller: 1 << 11,
  tenant: 1 << 12,
  idempotencyKey: 1 << 13,
  contentType: 1 << 14,
  headers: 1 << 15,
  /** Only to a peer that knows `attempt`. */
  attempt: 1 << 16,
} as const;

const F = EnvelopeField;
const ALL = (F.attempt << 1) - 1;

/**
 * The fields that are there.
 *
 * @param peer the service that this side's handshake named
 * @param attempts whether the other side knows `attempt`
 */
function fieldsOf(envelope: Envelope, peer: string | undefined, attempts: boolean): number {
  let fields = 0;
  if (envelope.timeout !== undefined) fields |= F.timeout;
  if (envelope.source !== undefined) fields |= envelope.source === peer ? F.sourceOfPeer : F.source;
  if (envelope.correlationId !== undefined) fields |= F.correlationId;
  if (envelope.causationId !== undefined) fields |= F.causationId;
  if (envelope.traceparent !== undefined) fields |= F.traceparent;
  if (envelope.time !== undefined) fields |= F.time;
  if (envelope.key !== undefined) fields |= F.key;
  if (envelope.slot !== undefined) fields |= F.slot;
  if (envelope.tracestate !== undefined) fields |= F.tracestate;
  if (envelope.baggage !== undefined) fields |= F.baggage;
  if (envelope.caller !== undefined) fields |= F.caller;
  if (envelope.tenant !== undefined) fields |= F.tenant;
  if (envelope.idempotencyKey !== undefined) fields |= F.idempotencyKey;
  if (envelope.contentType !== undefined) fields |= F.contentType;
  if (envelope.headers !== undefined) fields |= F.headers;
  if (envelope.attempt !== undefined && attempts) fields |= F.attempt;
  return fields;
}

/** The most bytes that {@link writeEnvelope} takes. */
export function envelopeBound(envelope: Envelope): number {
  let bound = VARINT_BOUND * 5 + textBound(envelope.id);
  if (envelope.source !== undefined) bound += textBound(envelope.source);
  if (envelope.correlationId !== undefined) bound += textBound(envelope.correlationId);
  if (envelope.causationId !== undefined) bound += textBound(envelope.causationId);
  if (envelope.traceparent !== undefined) bound += textBound(envelope.traceparent);
  if (envelope.key !== undefined) bound += textBound(envelope.key);
  if (envelope.tracestate !== undefined) bound += textBound(envelope.tracestate);
  if (envelope.baggage !== undefined) bound += textBound(envelope.baggage);
  if (envelope.caller !== undefined) bound += textBound(envelope.caller);
  if (envelope.tenant !== undefined) bound += textBound(envelope.tenant);
  if (envelope.idempotencyKey !== undefined) bound += textBound(envelope.idempotencyKey);
  if (envelope.contentType !== undefined) bound += textBound(envelope.contentType);
  if (envelope.headers !== undefined) bound += headersBound(envelope.headers);
  return bound;
}

/**
 * Writes all but the pattern.
 *
 * @param timeout milliseconds left, in place of the envelope's own, which counted from the hand-over
 * @param attempts whether the other side knows `attempt`
 */
export function writeEnvelope(
  writer: FrameWriter,
  envelope: Envelope,
  peer: string | undefined,
  timeout: number | undefined,
  attempts: boolean,
): void {
  writer.varint(fieldsOf(envelope, peer, attempts));
  writer.text(envelope.id);
  if (timeout !== undefined) writer.varint(wholeMilliseconds(timeout));
  if (envelope.correlationId !== undefined) writer.text(envelope.correlationId);
  if (envelope.causationId !== undefined) writer.text(envelope.causationId);
  if (envelope.traceparent !== undefined) writer.text(envelope.traceparent);
  if (envelope.time !== undefined) writer.float(envelope.time);
  if (envelope.key !== undefined) writer.text(envelope.key);
  if (envelope.slot !== undefined) writer.varint(envelope.slot);
  if (envelope.source !== undefined && envelope.source !== peer) writer.text(envelope.source);
  if (envelope.tracestate !== undefined) writer.text(envelope.tracestate);
  if (envelope.baggage !== undefined) writer.text(envelope.baggage);
  if (envelope.caller !== undefined) writer.text(envelope.caller);
  if (envelope.tenant !== undefined) writer.text(envelope.tenant);
  if (envelope.idempotencyKey !== undefined) writer.text(envelope.idempotencyKey);
  if (envelope.contentType !== undefined) writer.text(envelope.contentType);
  if (envelope.headers !== undefined) writeHeaders(writer, envelope.headers);
  if (envelope.attempt !== undefined && attempts) writer.varint(envelope.attempt);
}

/**
 * Reads what {@link writeEnvelope} wrote.
 *
 * @param peer the service that the other side's handshake named
 * @param proven whether that is known to be true, so that no other source is believed
 */
export function readEnvelope(
  cursor: Cursor,
  pattern: string,
  peer: string | undefined,
  proven: boolean,
): Envelope {
  const fields = cursor.varint();
  if (fields > ALL) throw malformed('an envelope with fields that version 1 does not have');
  const id = cursor.text();
  const timeout = fields & F.timeout ? cursor.varint() : undefined;
  const correlationId = fields & F.correlationId ? cursor.text() : undefined;
  const causationId = fields & F.causationId ? cursor.text() : undefined;
  const traceparent = fields & F.traceparent ? cursor.text() : undefined;
  const time = fields & F.time ? cursor.float() : undefined;
  const key = fields & F.key ? cursor.text() : undefined;
  const slot = fields & F.slot ? cursor.varint() : undefined;
  const said = fields & F.source ? cursor.text() : fields & F.sourceOfPeer ? peer : undefined;
  const source = proven ? peer : said;
  const tracestate = fields & F.tracestate ? cursor.text() : undefined;
  const baggage = fields & F.baggage ? cursor.text() : undefined;
  const caller = fields & F.caller ? cursor.text() : undefined;
  const tenant = fields & F.tenant ? cursor.text() : undefined;
  const idempotencyKey = fields & F.idempotencyKey ? cursor.text() : undefined;
  const contentType = fields & F.contentType ? cursor.text() : undefined;
  const headers = fields & F.headers ? readHeaders(cursor) : undefined;
  const attempt = fields & F.attempt ? cursor.varint() : undefined;
  // Written out, in the order of createEnvelope, so that all envelopes have one hidden class.
  return {
    id,
    pattern,
    source,
    timeout,
    key,
    slot,
    time,
    correlationId,
    causationId,
    traceparent,
    tracestate,
    baggage,
    caller,
    tenant,
    idempotencyKey,
    attempt,
    contentType,
    headers,
  };
}

/** Rounded up, so that time which is left does not become none. */
export function wholeMilliseconds(ms: number): number {
  return ms <= 0 ? 0 : Math.min(Math.ceil(ms), Number.MAX_SAFE_INTEGER);
}

function headersBound(headers: Headers): number {
  let bound = VARINT_BOUND;
  for (const name of Object.keys(headers)) bound += textBound(name) + textBound(headers[name] as string);
  return bound;
}

function writeHeaders(writer: FrameWriter, headers: Headers): void {
  const names = Object.keys(headers);
  writer.varint(names.length);
  for (const name of names) {
    writer.text(name);
    writer.text(headers[name] as string);
  }
}

function readHeaders(cursor: Cursor): Headers {
  const entries: [string, string][] = [];
  for (let left = cursor.varint(); left > 0; left--) entries.push([cursor.text(), cursor.text()]);
  return Object.fromEntries(entries); // unlike an assignment, it makes a plain property even of __proto__
}
