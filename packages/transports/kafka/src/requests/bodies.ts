import type { Body } from '@rookery/core';

/** Which of the three kinds of body a value is: text, bytes, none. */
export type BodyKind = 't' | 'b' | 'n';

export function kindOf(body: Body): BodyKind {
  if (body === undefined) return 'n';
  return typeof body === 'string' ? 't' : 'b';
}

export function valueOf(body: Body): Buffer | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** The body as its owner may change it. */
export function bodyOf(kind: unknown, value: Buffer | null): Body {
  if (value === null || kind === 'n') return undefined;
  return kind === 'b' ? new Uint8Array(value) : value.toString();
}
