import type { Enrolled, Posted, Roster } from '@rookery/core';
import type { Written } from './frame-codec.js';

/** A frame on its way into the medium; while there is no connection it waits. */
export class WaitingFrame implements Posted, Enrolled<WaitingFrame> {
  earlier: WaitingFrame | undefined = undefined;
  later: WaitingFrame | undefined = undefined;
  readonly address: string;
  readonly written: Written;
  /** By the clock of its process. */
  readonly since: number;
  readonly #line: Roster<WaitingFrame>;
  taken = false;

  constructor(line: Roster<WaitingFrame>, address: string, written: Written, since: number) {
    this.#line = line;
    this.address = address;
    this.written = written;
    this.since = since;
    line.add(this);
  }

  /** Leaves the line. */
  leave(): void {
    this.taken = true;
    this.#line.delete(this);
  }

  withdraw(): void {
    if (!this.taken) this.leave();
  }
}

/** One that has left at once. */
export const TAKEN: Posted = { taken: true, withdraw() {} };
