import type { Body, RookeryError } from '@rookery/core';
import { assembledBody } from '../frames/body-flags.js';

/** A body that is arriving in chunks. Once refused, its chunks are counted and thrown away. */
export class IncomingBody {
  /** Bytes that it has in all. */
  readonly total: number;
  readonly #flags: number;
  readonly #complete: (body: Body) => void;
  readonly #released: (body: IncomingBody) => void;
  #parts: Uint8Array[] = [];
  #missing: number;
  #refusal: RookeryError | undefined;
  #discarded = false;
  #whenRefused: ((why: RookeryError) => void) | undefined;
  #whenPassed: (() => void) | undefined;
  /** How often it was looked at since its last chunk. */
  quiet = 0;

  /**
   * @param complete is given the body, unless nobody wants it
   * @param released called once, when nothing of it is kept any more
   */
  constructor(
    total: number,
    flags: number,
    complete: (body: Body) => void,
    released: (body: IncomingBody) => void,
  ) {
    this.total = total;
    this.#flags = flags;
    this.#missing = total;
    this.#complete = complete;
    this.#released = released;
  }

  /** Bytes that have not arrived. */
  get missing(): number {
    return this.#missing;
  }

  /** Whether nobody wants it. */
  get discarded(): boolean {
    return this.#discarded;
  }

  /** Says what to do if it is refused, now or later. */
  whenRefused(act: (why: RookeryError) => void): void {
    this.#whenRefused = act;
    if (this.#refusal) act(this.#refusal);
  }

  /** Says what to do when it was refused and nothing more of it comes. */
  whenPassed(act: () => void): void {
    this.#whenPassed = act;
  }

  /** Takes a chunk of the size that is due. */
  take(bytes: Uint8Array): void {
    this.pass(bytes.length);
    this.#parts.push(bytes);
  }

  /** So many bytes have come, and are not kept. */
  pass(bytes: number): void {
    this.#missing -= bytes;
    this.quiet = 0;
  }

  /** Its last chunk has come. */
  finish(): void {
    if (this.#discarded) {
      this.passed();
      return;
    }
    const parts = this.#parts;
    this.discard();
    this.#complete(assembledBody(Buffer.concat(parts), this.#flags));
  }

  /** Nothing more of it comes. */
  passed(): void {
    const act = this.#whenPassed;
    this.#whenPassed = undefined;
    if (this.#refusal) act?.();
  }

  /** Nobody wants it. */
  discard(): void {
    if (this.#discarded) return;
    this.#discarded = true;
    this.#parts = [];
    this.#released(this);
  }

  /** Throws it away, and says why. */
  refuse(why: RookeryError): void {
    if (this.#discarded) return;
    this.#refusal = why;
    this.discard();
    this.#whenRefused?.(why);
  }
}
