import type { Body } from '../envelope/envelope.js';

/** Turns values into bodies and back. */
export interface Codec {
  /** `undefined` for the default; otherwise what the envelope's `contentType` says. */
  readonly contentType: string | undefined;
  /** @throws NotEncodable when the value cannot travel whole; the message names the path in it */
  encode(value: unknown): Body;
  /** @throws NotDecodable when the body is not what this codec makes */
  decode(body: Body): unknown;
}
