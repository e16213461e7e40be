import { createEnvelope, type Envelope, type Frame, type Side } from '@rookery/core';
import { headerOf, type FetchedRecord } from '../fetch/fetched-record.js';
import { bodyOf, kindOf, valueOf } from './bodies.js';

/** Whose frame it is; nobody else reads further. */
const TO = 'rookery-to';
/** Everything of a frame but its body, as JSON. */
const FRAME = 'rookery-frame';

/** What a frame is as a record, wherever it goes. */
export interface FrameContent {
  readonly headers: readonly (readonly [string, string])[];
  readonly value: Buffer | undefined;
}

/** @param to the address it is for; left out for any replica of the service whose topic it goes to */
export function encodeFrame(frame: Frame, to?: string): FrameContent {
  const fields: Record<string, unknown> = { ...frame };
  let body;
  if (frame.type === 'request') {
    fields['message'] = undefined;
    fields['envelope'] = frame.message.envelope;
    ({ body } = frame.message);
  } else if ('body' in frame) ({ body } = frame);
  fields['body'] = kindOf(body);
  const described = [FRAME, JSON.stringify(fields)] as const;
  return { headers: to === undefined ? [described] : [[TO, to], described], value: valueOf(body) };
}

/** The address that a record is for. */
export function addresseeOf(record: FetchedRecord): string | undefined {
  return headerOf(record, TO);
}

/**
 * The frame of a record; `undefined` when it is none: anybody may write to a topic.
 *
 * @param now milliseconds since the Unix epoch; a request's time has run since it was sent
 */
export function decodeFrame(record: FetchedRecord, now: number): Frame | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(headerOf(record, FRAME) ?? 'null') as typeof fields;
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null || typeof fields['call'] !== 'string') return undefined;
  const { type, call, from, to, credit, count, bytes, failure, last } = fields;
  const body = bodyOf(fields['body'], record.value);
  switch (type) {
    case 'request': {
      const envelope = envelopeOf(fields['envelope'], now - record.timestamp);
      if (!envelope || typeof from !== 'string' || !isCount(credit)) return undefined;
      return {
        type,
        call,
        from,
        credit,
        upload: fields['upload'] === true,
        message: { envelope, body },
        native: record,
      };
    }
    case 'taken':
    case 'itemsStop':
      return typeof from === 'string' ? { type, call, from } : undefined;
    case 'reply':
      return typeof from === 'string' ? { type, call, from, body, last: last === true } : undefined;
    case 'failure':
      return typeof failure === 'string' ? { type, call, failure } : undefined;
    case 'credit':
      return isCount(count) ? { type, call, count } : undefined;
    case 'cancel':
      return { type, call };
    case 'probe':
      return typeof from === 'string' && isSide(to) ? { type, to, call, from } : undefined;
    case 'present':
      return isSide(to) ? { type, to, call } : undefined;
    case 'item':
      return { type, call, body };
    case 'itemsEnd':
      return { type, call, failure: typeof failure === 'string' ? failure : undefined };
    case 'itemCredit':
      return typeof from === 'string' && isCount(count) && isCount(bytes)
        ? { type, call, from, count, bytes }
        : undefined;
    default:
      return undefined;
  }
}

function isSide(value: unknown): value is Side {
  return value === 'caller' || value === 'taker';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

const TEXTS = [
  ...(['source', 'key', 'correlationId', 'causationId', 'traceparent', 'tracestate', 'baggage'] as const),
  ...(['caller', 'tenant', 'idempotencyKey', 'contentType'] as const),
] satisfies (keyof Envelope)[];

const NUMBERS = ['timeout', 'slot', 'time', 'attempt'] satisfies (keyof Envelope)[];

function envelopeOf(given: unknown, elapsed: number): Envelope | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const fields = given as Record<string, unknown>;
  const { id, pattern, headers } = fields;
  if (typeof id !== 'string' || typeof pattern !== 'string') return undefined;
  if (TEXTS.some((name) => !['string', 'undefined'].includes(typeof fields[name]))) return undefined;
  if (NUMBERS.some((name) => !['number', 'undefined'].includes(typeof fields[name]))) return undefined;
  if (headers !== undefined && !isTexts(headers)) return undefined;
  const { timeout } = fields as Partial<Envelope>;
  const left = timeout === undefined ? undefined : Math.max(0, timeout - Math.max(0, elapsed));
  return createEnvelope({ ...(fields as Partial<Envelope>), id, pattern, timeout: left });
}

function isTexts(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((each) => typeof each === 'string')
  );
}
