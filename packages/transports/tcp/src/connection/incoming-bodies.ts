import { type Body, Unavailable } from '@rookery/core';
import { assertKind } from '../frames/body-flags.js';
import type { Cursor } from '../frames/cursor.js';
import { CHUNK_SIZE, malformed, MAX_BODIES } from '../frames/protocol.js';
import type { BodyBounds } from './body-bounds.js';
import { IncomingBody } from './incoming-body.js';

/** The looks without a chunk between them that make a body late. */
const LATE = 2;

/** The bodies that are arriving in chunks on one connection. */
export class IncomingBodies {
  readonly #bodies = new Map<number, IncomingBody>();
  readonly #maxBody: number;
  /** What bounds them together; nothing does where each was asked for. */
  bounds: BodyBounds | undefined;

  constructor(maxBody: number) {
    this.#maxBody = maxBody;
  }

  /** How many are under way, those that nobody wants included. */
  get size(): number {
    return this.#bodies.size;
  }

  /**
   * Takes the announcement at the end of a frame; `complete` is called with the body once all of it is there. It may have
   * been refused already.
   */
  announce(fields: Cursor, flags: number, complete: (body: Body) => void): IncomingBody {
    const number = fields.varint();
    const total = fields.varint();
    fields.finish();
    assertKind(flags);
    if (total <= CHUNK_SIZE) throw malformed(`a body of ${total} bytes in chunks`);
    if (total > this.#maxBody)
      throw malformed(`a body of ${total} bytes; this side takes at most ${this.#maxBody}`);
    if (this.#bodies.has(number)) throw malformed(`body number ${number} is under way already`);
    if (this.#bodies.size >= MAX_BODIES) throw malformed(`more than ${MAX_BODIES} bodies under way`);
    const body = new IncomingBody(total, flags, complete, (gone) =>
      this.bounds?.end(gone.total, gone.total - gone.missing),
    );
    this.#bodies.set(number, body);
    const full = this.bounds?.begin(total);
    if (full) body.refuse(full);
    return body;
  }

  /** Takes a CHUNK frame. */
  chunk(fields: Cursor): void {
    const number = fields.varint();
    const body = this.#bodies.get(number);
    if (!body) throw malformed(`a chunk of body number ${number}, which was not announced`);
    const size = fields.remaining;
    if (size === 0) {
      this.#bodies.delete(number); // its sender gave it up
      body.refuse(new Unavailable('its sender took the large body back; not started'));
      body.passed();
      return;
    }
    // Exactly, because many tiny chunks would cost far more memory than the bytes in them.
    const expected = Math.min(CHUNK_SIZE, body.missing);
    if (size !== expected) throw malformed(`a chunk of ${size} bytes, where ${expected} are due`);
    if (!body.discarded) {
      const full = this.bounds?.arrive(size);
      if (full) body.refuse(full);
    }
    if (body.discarded) body.pass(size);
    else body.take(fields.restBytes());
    if (body.missing > 0) return;
    this.#bodies.delete(number);
    body.finish();
  }

  /**
   * A half of `frameTimeout` has passed. Bodies without a chunk for twice that are refused, where they are bounded.
   *
   * @param deaf nothing was read
   */
  tick(deaf: boolean): void {
    if (!this.bounds) return;
    for (const body of this.#bodies.values()) {
      if (deaf) body.quiet = 0;
      else if (++body.quiet > LATE) {
        body.refuse(new Unavailable('the rest of the large body did not come (frameTimeout); not started'));
        body.passed();
      }
    }
  }

  /** The connection is gone. */
  close(): void {
    this.bounds?.close();
    this.bounds = undefined;
    this.#bodies.clear();
  }
}
