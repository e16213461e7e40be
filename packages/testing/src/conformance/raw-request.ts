import { createEnvelope, decodeFailure, type Body, type Envelope } from '@rookery/core';
import type { Member } from './member.js';

/** What a message is made of, for those who write their own. */
export type RawMessage = Partial<Envelope> & Pick<Envelope, 'pattern'> & { readonly body?: Body };

/** How a raw request ended. */
export type RawAnswer = { readonly body: Body } | { readonly failure: unknown };

let count = 0;

/** Sends a request that the core's client would not make, and resolves with its first answer, decoded only if it is a failure. */
export function rawRequest(member: Member, service: string, raw: RawMessage): Promise<RawAnswer> {
  const { body, ...fields } = raw;
  const envelope = createEnvelope({ id: `raw-${count++}`, ...fields });
  return new Promise((resolve) => {
    member.transport.request({ service }, { envelope, body }, 1, {
      reply: (answer) => resolve({ body: answer }),
      fail: (failure) => resolve({ failure: decodeFailure(failure, false) }),
      lost: (failure) => resolve({ failure }),
    });
  });
}
