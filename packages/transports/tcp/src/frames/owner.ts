import { SLOT_COUNT } from '@rookery/core';
import type { Cursor } from './cursor.js';
import { type FrameWriter, VARINT_BOUND } from './frame-writer.js';
import { malformed } from './protocol.js';

/**
 * An OWNER frame. From the sender of events: the other side has this slot of a subscription from now on. Back from there: the
 * fencing token that it took.
 */
export interface OwnerFields {
  /** The subscription's index in the WELCOME. */
  readonly route: number;
  readonly slot: number;
  /** From the sender: the largest one that it knows of the slot; 0 for none. */
  readonly fencingToken: number;
}

/** The most bytes that {@link writeOwner} takes. */
export const OWNER_BOUND = 4 * VARINT_BOUND;

export function writeOwner(writer: FrameWriter, { route, slot, fencingToken }: OwnerFields): void {
  writer.varint(route);
  writer.varint(slot);
  writer.varint(fencingToken);
}

/**
 * @param routes how many subscriptions there are
 * @throws ProtocolViolation
 */
export function readOwner(fields: Cursor, routes: number): OwnerFields {
  const route = fields.varint();
  const slot = fields.varint();
  const fencingToken = fields.varint();
  fields.finish();
  if (route >= routes) throw malformed(`an OWNER of subscription ${route} of ${routes}`);
  if (slot >= SLOT_COUNT) throw malformed(`an OWNER of slot ${slot} of ${SLOT_COUNT}`);
  // There has to be a larger one.
  if (fencingToken >= Number.MAX_SAFE_INTEGER / 2) throw malformed(`${fencingToken} is no fencing token`);
  return { route, slot, fencingToken };
}
