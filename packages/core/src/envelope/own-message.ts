import { createEnvelope, type Body, type Envelope, type Message } from './envelope.js';

/** The same message with nothing in it that anybody else can change: bytes and headers are copied, text is immutable. */
export function ownMessage(message: Message): Message {
  const { envelope, body } = message;
  if (!envelope.headers && typeof body !== 'object') return message;
  return { envelope: ownEnvelope(envelope), body: ownBody(body) };
}

/** See {@link ownMessage}. */
export function ownEnvelope(envelope: Envelope): Envelope {
  const { headers } = envelope;
  return headers ? createEnvelope({ ...envelope, headers: { ...headers } }) : envelope;
}

/** See {@link ownMessage}. */
export function ownBody(body: Body): Body {
  return typeof body === 'object' ? Uint8Array.prototype.slice.call(body) : body;
}
