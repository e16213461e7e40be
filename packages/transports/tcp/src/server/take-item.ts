import { BodyFlag, readBody, readFlags } from '../frames/body-flags.js';
import type { Cursor } from '../frames/cursor.js';
import type { NumberTable } from '../connection/number-table.js';
import type { IncomingBodies } from '../connection/incoming-bodies.js';
import type { ServedCall } from './served-call.js';

/** Takes an ITEM frame; one of a call that has ended is ignored. */
export function takeItem(fields: Cursor, calls: NumberTable<ServedCall>, bodies: IncomingBodies): void {
  const call = calls.get(fields.varint());
  const flags = readFlags(fields);
  const last = (flags & BodyFlag.last) !== 0;
  if (!(flags & BodyFlag.chunked)) {
    const body = readBody(fields, flags);
    call?.item(body, last);
    return;
  }
  const body = bodies.announce(fields, flags, (whole) => call?.item(whole, last));
  if (!call || call.ended) body.discard();
  else body.whenRefused((why) => call.upload?.refuse(why));
}
