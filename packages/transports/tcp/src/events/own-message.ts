import { createEnvelope, type Message } from '@rookery/core';

/** The same message with nothing in it that anybody else can change: bytes and headers are copied, text is immutable. */
export function ownMessage({ envelope, body }: Message): Message {
  const { headers } = envelope;
  return {
    envelope: headers ? createEnvelope({ ...envelope, headers: { ...headers } }) : envelope,
    body: typeof body === 'object' ? Uint8Array.prototype.slice.call(body) : body,
  };
}
