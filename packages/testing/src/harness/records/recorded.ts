import type { Pattern } from '@rookery/core';
import type { Journal } from './journal.js';
import type { Crashed, Entry, Handled, Replied, Sent } from './records.js';

/** What a test reads of what happened: of one pattern, wildcards allowed, or of all. */
export class Recorded {
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** The requests and events that were sent. */
  sent(pattern?: Pattern): Sent[] {
    return this.#journal.of('sent', pattern);
  }

  /** Each handling of a message, in the order in which they ended. */
  handled(pattern?: Pattern): Handled[] {
    return this.#journal.of('handled', pattern);
  }

  /** Those that failed, and came again. */
  retried(pattern?: Pattern): Handled[] {
    return this.handled(pattern).filter(({ outcome }) => outcome === 'retried');
  }

  /** Those that failed for the last time. */
  deadLetters(pattern?: Pattern): Handled[] {
    return this.handled(pattern).filter(({ outcome }) => outcome === 'dead-lettered');
  }

  /** The ends of requests, as their callers saw them. */
  replied(pattern?: Pattern): Replied[] {
    return this.#journal.of('replied', pattern);
  }

  /** The processes that were lost. */
  get crashed(): Crashed[] {
    return this.#journal.of('crashed');
  }

  /** All of it, in its order: equal for two runs of one seed. */
  get record(): readonly Entry[] {
    return this.#journal.entries;
  }
}
