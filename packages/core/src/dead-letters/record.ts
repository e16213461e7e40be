import { createEnvelope, type Body, type Envelope } from '../envelope/envelope.js';
import { NotDecodable } from '../errors/conditions.js';
import type { DeadLetter, LetterEdit } from './dead-letter.js';

/** A body as JSON has it: `text` of one that is text (which is JSON itself), `base64` of bytes, `null` for none. */
export type BodyRecord = { readonly text: string } | { readonly base64: string } | null;

/** A letter as plain JSON: what control answers, an export holds, and a medium keeps. */
export interface DeadLetterRecord extends Omit<DeadLetter, 'message' | 'edited'> {
  /** Fields that are `undefined` are left out. */
  readonly envelope: Partial<Envelope> & Pick<Envelope, 'id' | 'pattern'>;
  readonly body: BodyRecord;
  readonly edited?: (Omit<LetterEdit, 'original'> & { readonly original: BodyRecord }) | undefined;
}

export function toRecord({ message, edited, ...rest }: DeadLetter): DeadLetterRecord {
  return {
    ...rest,
    envelope: message.envelope,
    body: bodyRecord(message.body),
    ...(edited ? { edited: { ...edited, original: bodyRecord(edited.original) } } : {}),
  };
}

export function fromRecord({ envelope, body, edited, ...rest }: DeadLetterRecord): DeadLetter {
  return {
    ...rest,
    message: { envelope: createEnvelope(envelope), body: bodyOf(body) },
    ...(edited ? { edited: { ...edited, original: bodyOf(edited.original) } } : {}),
  };
}

export function bodyRecord(body: Body): BodyRecord {
  if (body === undefined) return null;
  return typeof body === 'string' ? { text: body } : { base64: Buffer.from(body).toString('base64') };
}

/** @throws NotDecodable when it is none of the three */
export function bodyOf(record: unknown): Body {
  if (record === null) return undefined;
  const { text, base64 } = record as { text?: unknown; base64?: unknown };
  if (typeof text === 'string') return text;
  if (typeof base64 === 'string') return new Uint8Array(Buffer.from(base64, 'base64'));
  throw new NotDecodable('a body is { text }, { base64 } or null');
}
