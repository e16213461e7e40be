import { createEnvelope, type Message } from './envelope.js';

/** The same message with nothing in it that anybody else can change: bytes and headers are copied, text is immutable. */
export function ownMessage(message: Message): Message {
  const { envelope, body } = message;
  const { headers } = envelope;
  if (!headers && typeof body !== 'object') return message;
  return {
    envelope: headers ? createEnvelope({ ...envelope, headers: { ...headers } }) : envelope,
    body: typeof body === 'object' ? Uint8Array.prototype.slice.call(body) : body,
  };
}
