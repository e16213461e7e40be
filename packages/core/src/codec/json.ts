import type { Body } from '../envelope/envelope.js';
import { NotDecodable, NotEncodable } from '../errors/conditions.js';
import { isRookeryError } from '../errors/rookery-error.js';
import type { Codec } from './codec.js';
import { findLoss } from './loss.js';

/** See {@link jsonCodec}. */
export interface JsonCodecOptions {
  /**
   * Refuse a value of which JSON would lose a part (Map, Set, NaN, functions and the like). It walks the whole value, so
   * it is meant for development and tests. Without it such parts are lost as `JSON.stringify` loses them.
   */
  readonly strict: boolean;
}

/**
 * The default codec: JSON text; a Uint8Array travels as bytes and arrives as one; `undefined` is no body. Nothing is
 * shared by reference: bytes are copied.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export function jsonCodec({ strict }: JsonCodecOptions): Codec {
  return {
    contentType: undefined,
    encode(value) {
      if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value);
      return stringify(value, strict);
    },
    decode,
  };
}

function refuseLoss(value: unknown): void {
  const loss = findLoss(value);
  if (loss) throw new NotEncodable(`${loss.path} is ${loss.found}, which JSON cannot carry: ${loss.advice}`);
}

function stringify(value: unknown, strict: boolean): string | undefined {
  let text: string | undefined;
  try {
    if (strict) refuseLoss(value);
    text = JSON.stringify(value);
  } catch (cause) {
    if (isRookeryError(cause)) throw cause;
    throw new NotEncodable(`the value cannot be encoded as JSON: ${reason(value, cause)}`, { cause });
  }
  if (text === undefined && value !== undefined)
    throw new NotEncodable(`a ${typeof value} cannot be encoded as JSON`);
  return text;
}

function reason(value: unknown, cause: unknown): string {
  try {
    const loss = findLoss(value);
    if (loss) return `${loss.path} is ${loss.found}: ${loss.advice}`;
  } catch {
    // it cannot be read to its end, which the cause says
  }
  return String(cause);
}

function decode(body: Body): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw new NotDecodable(`the body is not JSON: ${(cause as Error).message}`, { cause });
  }
}
