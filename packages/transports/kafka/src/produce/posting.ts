import type { Posted, RookeryError } from '@rookery/core';
import type { OutgoingRecord } from './outgoing-record.js';

/** A record that was handed over to be sent. */
export class Posting implements Posted {
  readonly record: OutgoingRecord;
  readonly size: number;
  /** By the clock: not tried any more after it. */
  readonly until: number;
  taken = false;
  withdrawn = false;
  /** It goes in a batch of its own, because it was too large together with others. */
  alone = false;
  readonly #told: ((error: RookeryError | undefined) => void) | undefined;

  /** @param told called once, when it is stored or with why it is not */
  constructor(
    record: OutgoingRecord,
    size: number,
    until: number,
    told?: (error: RookeryError | undefined) => void,
  ) {
    this.record = record;
    this.size = size;
    this.until = until;
    this.#told = told;
  }

  withdraw(): void {
    this.withdrawn = true;
  }

  stored(): void {
    this.#told?.(undefined);
  }

  refused(error: RookeryError): void {
    this.#told?.(error);
  }
}
