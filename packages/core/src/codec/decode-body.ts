import type { Message } from '../envelope/envelope.js';
import { NotDecodable } from '../errors/conditions.js';
import type { Codec } from './codec.js';

/** What the default codec reads besides a body that says nothing of itself. */
const PLAIN = /^(?:(?:application|text)\/json|application\/(?:octet-stream|[^;]*\+json))\s*(?:;|$)/i;

/** Text that is what it is. */
const TEXT = /^text\//i;

/** @throws NotDecodable when the body is not what it says, or says that it is what this codec cannot read */
export function decodeBody(codec: Codec, { envelope, body }: Message): unknown {
  const { contentType } = envelope;
  if (codec.contentType === undefined) {
    // Some clients write no data as an empty text, which is no JSON.
    if (body === '') return undefined;
    if (contentType !== undefined && TEXT.test(contentType) && !PLAIN.test(contentType)) return body;
  }
  const known =
    contentType === undefined ||
    contentType === codec.contentType ||
    (codec.contentType === undefined && PLAIN.test(contentType));
  if (known) return codec.decode(body);
  const spoken = codec.contentType ?? 'application/json';
  throw new NotDecodable(`the body is ${contentType}; this service has no codec for it, only ${spoken}`);
}
