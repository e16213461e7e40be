import type { Body } from './envelope.js';

/** Which of the three kinds of body a value is: text, bytes, none. */
export type BodyKind = 't' | 'b' | 'n';

export function bodyKindOf(body: Body): BodyKind {
  if (body === undefined) return 'n';
  return typeof body === 'string' ? 't' : 'b';
}

/** Its bytes as they are, or of its text; `undefined` for none. */
export function bodyBytes(body: Body): Buffer | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** The body of a kind, as its owner may change it. */
export function bodyFrom(kind: unknown, bytes: Buffer | null | undefined): Body {
  if (bytes === null || bytes === undefined || kind === 'n') return undefined;
  return kind === 'b' ? new Uint8Array(bytes) : bytes.toString();
}
