import type { Settlement } from '@rookery/core';
import type { Cursor } from './cursor.js';
import { wholeMilliseconds } from './envelope-fields.js';
import { type FrameWriter, textBound, VARINT_BOUND } from './frame-writer.js';
import { malformed } from './protocol.js';

/** How a delivery ends on the wire: as its handler settled it, or given back without a try, which does not count. */
export type Outcome = Settlement | { readonly outcome: 'return' };

/** What the reason of a reject begins with that is not the handler's: the sender may not send the event. */
export const DENIED = 'PERMISSION_DENIED: ';

/** The byte that says how. */
export const AckOutcome = { accept: 0, retry: 1, reject: 2, return: 3, postpone: 4 } as const;

/** Reasons are for people: longer ones are cut. */
const MAX_REASON = 1000;

/** The most bytes that {@link writeOutcome} takes. */
export const OUTCOME_BOUND = 1 + VARINT_BOUND + textBound('x'.repeat(MAX_REASON));

export function writeOutcome(writer: FrameWriter, outcome: Outcome): void {
  const uncounted = outcome.outcome === 'retry' && outcome.uncounted === true;
  writer.byte(AckOutcome[uncounted ? 'postpone' : outcome.outcome]);
  if (outcome.outcome === 'retry') writer.varint(wholeMilliseconds(outcome.after));
  if (outcome.outcome === 'reject') writer.restText(outcome.reason.slice(0, MAX_REASON));
}

/** @throws ProtocolViolation */
export function readOutcome(fields: Cursor): Outcome {
  const outcome = fields.byte();
  switch (outcome) {
    case AckOutcome.accept:
      fields.finish();
      return { outcome: 'accept' };
    case AckOutcome.retry:
    case AckOutcome.postpone: {
      const after = fields.varint();
      fields.finish();
      return { outcome: 'retry', after, ...(outcome === AckOutcome.postpone ? { uncounted: true } : {}) };
    }
    case AckOutcome.reject:
      return { outcome: 'reject', reason: fields.restText() };
    case AckOutcome.return:
      fields.finish();
      return { outcome: 'return' };
    default:
      throw malformed(`an ACK with the unknown outcome ${outcome}`);
  }
}
