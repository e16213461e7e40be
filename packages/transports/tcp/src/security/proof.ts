import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Characters of a nonce, of [0-9a-z]: 165 bits. */
export const NONCE_LENGTH = 32;

const LABELS = { caller: 'rookery tcp 1 caller', server: 'rookery tcp 1 server' } as const;

/** What both sides have seen of one handshake, which their proofs hold for and for no other. */
export interface Transcript {
  /** The fields of the HELLO, as they travelled; they have the caller's nonce. */
  readonly hello: Uint8Array;
  /** The fields of the CHALLENGE, as they travelled; they have the server's nonce and service. */
  readonly challenge: Uint8Array;
  /** Known to the two ends of one TLS session only, so that nobody between them can pass the proof on; else empty. */
  readonly session: Uint8Array;
}

/** Proves that its maker has `secret`, in the role that it says, in this handshake. */
export function proofOf(secret: string, role: keyof typeof LABELS, transcript: Transcript): Buffer {
  const mac = createHmac('sha256', secret);
  for (const part of [
    Buffer.from(LABELS[role]),
    transcript.hello,
    transcript.challenge,
    transcript.session,
  ]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    mac.update(length).update(part);
  }
  return mac.digest();
}

/** Compares in a time that does not tell how much of it is right. */
export function isProof(given: Uint8Array, right: Uint8Array): boolean {
  return given.length === right.length && timingSafeEqual(given, right);
}

/** See {@link Transcript.session}. */
export function sessionOf(socket: Socket): Uint8Array {
  if (!(socket instanceof TLSSocket)) return new Uint8Array();
  return socket.exportKeyingMaterial(32, 'EXPORTER-rookery-tcp-1', Buffer.alloc(0));
}
