import { bodyFrom, bodyKindOf } from '../envelope/body-bytes.js';
import { createEnvelope, type Body, type Envelope } from '../envelope/envelope.js';
import type { Frame, Side } from './frame.js';

/**
 * Everything of a frame but its body, as JSON, for a medium that has a place for text beside the body.
 *
 * @see frameIn
 */
export function frameText(frame: Frame): string {
  const fields: Record<string, unknown> = { ...frame };
  if (frame.type === 'request') {
    fields['message'] = undefined;
    fields['native'] = undefined;
    fields['envelope'] = frame.message.envelope;
  }
  fields['body'] = bodyKindOf(bodyOfFrame(frame));
  return JSON.stringify(fields);
}

/** The body of a frame; `undefined` for none. */
export function bodyOfFrame(frame: Frame): Body {
  if (frame.type === 'request') return frame.message.body;
  return 'body' in frame ? frame.body : undefined;
}

/**
 * The frame of a text and a body; `undefined` when it is none: anybody may write to a medium.
 *
 * @param value what {@link bodyBytes} has made of the body
 * @param elapsed milliseconds since it was sent, which a request has no more
 * @param native what the medium has of it
 */
export function frameIn(
  text: string,
  value: Buffer | null | undefined,
  elapsed: number,
  native: unknown,
): Frame | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text) as typeof fields;
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null || typeof fields['call'] !== 'string') return undefined;
  const { type, call, from, to, credit, count, bytes, failure, last } = fields;
  const body = bodyFrom(fields['body'], value);
  switch (type) {
    case 'request': {
      const envelope = envelopeOf(fields['envelope'], elapsed);
      if (!envelope || typeof from !== 'string' || !isCount(credit)) return undefined;
      return {
        type,
        call,
        from,
        credit,
        upload: fields['upload'] === true,
        message: { envelope, body },
        native,
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
