import type { Body } from '@rookery/core';
import { bodyBound, BodyFlag, kindOf } from '../frames/body-flags.js';
import type { FrameType } from '../frames/frame-type.js';
import { VARINT_BOUND } from '../frames/frame-writer.js';
import { CHUNK_SIZE } from '../frames/protocol.js';
import type { LargeBody } from './large-body.js';
import { ANNOUNCEMENT_BOUND, type Outgoing } from './outgoing.js';

/**
 * Writes one value of a reply, with `FrameType.fail` its failure, with `FrameType.item` an item of an upload. Gives the
 * body if it is still on its way.
 */
export function writeValue(
  outgoing: Outgoing,
  type: typeof FrameType.reply | typeof FrameType.fail | typeof FrameType.item,
  call: number,
  body: Body,
  last: boolean,
): LargeBody | undefined {
  const size = bodyBound(body);
  const flags = kindOf(body) | (last ? BodyFlag.last : 0);
  if (size > CHUNK_SIZE) {
    const writer = outgoing.begin(type, VARINT_BOUND + 1 + ANNOUNCEMENT_BOUND);
    writer.varint(call);
    writer.byte(flags | BodyFlag.chunked);
    return outgoing.endWithChunked(body as string | Uint8Array);
  }
  const writer = outgoing.begin(type, VARINT_BOUND + 1 + size);
  writer.varint(call);
  writer.byte(flags);
  outgoing.endWith(body);
  return undefined;
}
