import type { Body } from '@rookery/core';
import { assembledBody, assertKind } from '../frames/body-flags.js';
import type { Cursor } from '../frames/cursor.js';
import { CHUNK_SIZE, malformed } from '../frames/protocol.js';

interface Assembly {
  readonly flags: number;
  readonly parts: Uint8Array[];
  readonly complete: (body: Body) => void;
  missing: number;
}

/** The bodies that are arriving in chunks on one connection. */
export class IncomingBodies {
  readonly #assemblies = new Map<number, Assembly>();
  readonly #maxBody: number;

  constructor(maxBody: number) {
    this.#maxBody = maxBody;
  }

  /** Takes the announcement at the end of a frame; `complete` is called with the body once all of it is there. */
  announce(fields: Cursor, flags: number, complete: (body: Body) => void): void {
    const number = fields.varint();
    const total = fields.varint();
    fields.finish();
    assertKind(flags);
    if (total <= CHUNK_SIZE) throw malformed(`a body of ${total} bytes in chunks`);
    if (total > this.#maxBody)
      throw malformed(`a body of ${total} bytes; this side takes at most ${this.#maxBody}`);
    if (this.#assemblies.has(number)) throw malformed(`body number ${number} is under way already`);
    this.#assemblies.set(number, { flags, parts: [], complete, missing: total });
  }

  /** Takes a CHUNK frame. */
  chunk(fields: Cursor): void {
    const number = fields.varint();
    const assembly = this.#assemblies.get(number);
    if (!assembly) throw malformed(`a chunk of body number ${number}, which was not announced`);
    const size = fields.remaining;
    if (size === 0) {
      this.#assemblies.delete(number); // its sender gave it up
      return;
    }
    // Exactly, because many tiny chunks would cost far more memory than the bytes in them.
    const expected = Math.min(CHUNK_SIZE, assembly.missing);
    if (size !== expected) throw malformed(`a chunk of ${size} bytes, where ${expected} are due`);
    assembly.missing -= size;
    assembly.parts.push(fields.restBytes());
    if (assembly.missing > 0) return;
    this.#assemblies.delete(number);
    assembly.complete(assembledBody(Buffer.concat(assembly.parts), assembly.flags));
  }
}
