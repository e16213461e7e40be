import type { Message } from '@rookery/core';
import { BodyFlag, readBody, readFlags } from '../frames/body-flags.js';
import type { Cursor } from '../frames/cursor.js';
import { readEnvelope } from '../frames/envelope-fields.js';
import { malformed } from '../frames/protocol.js';
import { NumberedPatterns } from '../frames/pattern-numbers.js';
import type { IncomingBodies } from './incoming-bodies.js';
import type { IncomingBody } from './incoming-body.js';

/** Reads the requests and events of one peer, the other half of MessageWriter. */
export class MessageReader {
  readonly #bodies: IncomingBodies;
  readonly #source: string | undefined;
  readonly #proven: boolean;
  readonly #patterns = new NumberedPatterns();

  /**
   * @param source the service that the peer's handshake named
   * @param proven whether it has proven to be that, so that no message has another
   */
  constructor(bodies: IncomingBodies, source: string | undefined, proven = false) {
    this.#bodies = bodies;
    this.#source = source;
    this.#proven = proven;
  }

  /** Takes a PATTERN frame. */
  pattern(fields: Cursor): void {
    this.#patterns.define(fields);
  }

  /**
   * Reads from the body's flags on, and calls `take` with the message: at once, or when its last chunk has come. With it
   * goes whether items follow.
   *
   * @returns the body, if it comes in chunks
   */
  message(fields: Cursor, take: (message: Message, upload: boolean) => void): IncomingBody | undefined {
    const flags = readFlags(fields);
    const upload = (flags & BodyFlag.upload) !== 0;
    if (upload && (flags & BodyFlag.kind) !== 0) throw malformed('an upload with a body');
    const pattern = this.#patterns.read(fields);
    const envelope = readEnvelope(fields, pattern, this.#source, this.#proven);
    if (flags & BodyFlag.chunked)
      return this.#bodies.announce(fields, flags, (body) => take({ envelope, body }, false));
    take({ envelope, body: readBody(fields, flags) }, upload);
    return undefined;
  }
}
