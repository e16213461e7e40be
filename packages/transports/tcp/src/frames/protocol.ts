import { ProtocolViolation } from '@rookery/core';

/** What each direction of a connection begins with: "RKRY". No stock Nest peer begins so (a digit) and no TLS (0x16). */
export const MAGIC = Buffer.from('RKRY', 'latin1');

/** The versions that this build speaks, ascending. */
export const VERSIONS: readonly number[] = [1];

/**
 * What this build understands beyond what version 1 began with; each side says it in its handshake and sends nothing
 * that the other does not know.
 * - `attempt`: that field of an envelope
 * - `uploads`: requests with items, and the frames for them
 * - `pauses`: WINDOW, and the outcome `postpone` of an ACK
 * - `owners`: OWNER
 */
export const KNOWN: readonly string[] = ['attempt', 'uploads', 'pauses', 'owners'];

/** Bodies of more bytes travel in chunks of this many, so that one body does not block those behind it. */
export const CHUNK_SIZE = 64 * 1024;

/** How many patterns each direction of a connection numbers; later ones travel as text each time. */
export const MAX_PATTERNS = 4096;

/** The largest HELLO, in bytes: whoever has not introduced himself gets little memory. */
export const MAX_HELLO = 16 * 1024;

/** The largest WELCOME, in bytes; it lists every subscription. */
export const MAX_WELCOME = 4 * 1024 * 1024;

/** The least `maxFrame` that a peer may ask for: a chunk and what is around it. */
export const MIN_MAX_FRAME = 2 * CHUNK_SIZE;

/** How many bodies are under way at most, each direction of a connection. */
export const MAX_BODIES = 65_536;

/** Numbers of calls, deliveries and bodies run from 1 to this and begin again. */
export const MAX_NUMBER = 0x7fffffff;

/** The error for bytes that are not the protocol. */
export function malformed(what: string): ProtocolViolation {
  return new ProtocolViolation(`malformed bytes: ${what}`);
}
