import type { Body } from '@rookery/core';
import type { Cursor } from './cursor.js';
import { CHUNK_SIZE, malformed } from './protocol.js';

/** The bits of the byte that says what a REQUEST, REPLY, FAIL, EVENT or ITEM has for a body. */
export const BodyFlag = {
  /** The lowest two bits: 0 no body, 1 text, 2 bytes. */
  kind: 0b0011,
  /** The body follows in CHUNK frames. */
  chunked: 0b0100,
  /** REPLY: the reply ends with this value. ITEM: the upload does. */
  last: 0b1000,
  /** REQUEST: items follow, only to a peer that knows `uploads`. */
  upload: 0b10000,
} as const;

const ALL = 0b11111;
const NONE = 0;
const TEXT = 1;
const BYTES = 2;

/** An upper bound of the bytes of `body`; exact when it is more than a chunk. */
export function bodyBound(body: Body): number {
  if (body === undefined) return 0;
  if (typeof body !== 'string') return body.byteLength;
  return body.length * 3 <= CHUNK_SIZE ? body.length * 3 : Buffer.byteLength(body);
}

/** The bytes of a body that has more than `max`; `undefined` when it has not. */
export function sizeBeyond(max: number, body: Body): number | undefined {
  if (body === undefined || body.length * 3 <= max) return undefined;
  const size = Buffer.byteLength(body);
  return size > max ? size : undefined;
}

/** The kind of `body` as bits. */
export function kindOf(body: Body): number {
  return body === undefined ? NONE : typeof body === 'string' ? TEXT : BYTES;
}

/** Reads the byte of flags. */
export function readFlags(cursor: Cursor): number {
  const flags = cursor.byte();
  if (flags > ALL) throw malformed('flags that version 1 does not have');
  return flags;
}

/** Reads a body that is the rest of its frame. */
export function readBody(cursor: Cursor, flags: number): Body {
  switch (flags & BodyFlag.kind) {
    case NONE:
      cursor.finish();
      return undefined;
    case TEXT:
      return cursor.restText();
    case BYTES:
      return cursor.restBytes();
    default:
      throw malformed('a body of an unknown kind');
  }
}

/** @throws ProtocolViolation unless a body of this kind can come in chunks */
export function assertKind(flags: number): void {
  const kind = flags & BodyFlag.kind;
  if (kind !== TEXT && kind !== BYTES) throw malformed('a body in chunks that is neither text nor bytes');
}

/** Makes a body of the bytes that came in chunks, which nobody else has. */
export function assembledBody(bytes: Buffer, flags: number): Body {
  if ((flags & BodyFlag.kind) === TEXT) return bytes.toString('utf8');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
