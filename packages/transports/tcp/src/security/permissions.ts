import { PatternTable } from '@rookery/core';
import type { AllowList } from './allow-list.js';

/** How many answers are kept for the requests of one connection, and for each subscription; a caller that makes up patterns does not get more memory. */
const MAX_KEPT = 1024;
/** Characters of a pattern whose answer is kept. */
const MAX_KEPT_LENGTH = 256;

/** Why not, by pattern. */
type Known = Map<string, string | undefined>;

/** What one caller may do, found out once for each pattern. */
export class Permissions {
  readonly #allow: AllowList;
  readonly #caller: string | undefined;
  readonly #requests: Known = new Map();
  /** By subscription, so that no pattern can be made up to look like another with a number before it. */
  readonly #events = new Map<number, Known>();

  constructor(allow: AllowList, caller: string | undefined) {
    this.#allow = allow;
    this.#caller = caller;
  }

  /** Why the caller may not send a request; `undefined` if it may. */
  request(pattern: string): string | undefined {
    return this.#find(this.#requests, pattern, () => undefined);
  }

  /**
   * Why the caller may not send an event to a subscription; `undefined` if it may.
   *
   * @param number of the subscription in the WELCOME
   * @param patterns what it subscribes to: the sender must not choose where an event goes
   */
  event(pattern: string, number: number, patterns: readonly string[]): string | undefined {
    let known = this.#events.get(number);
    if (!known) {
      known = new Map<string, string | undefined>();
      this.#events.set(number, known);
    }
    return this.#find(known, pattern, () => {
      const table = new PatternTable<true>();
      for (const one of patterns) table.add(one, true);
      return table.match(pattern).length > 0
        ? undefined
        : `${pattern} is not what the endpoint subscribes to: ${patterns.join(', ')}`;
    });
  }

  #find(known: Known, pattern: string, other: () => string | undefined): string | undefined {
    if (known.has(pattern)) return known.get(pattern);
    const refusal = this.#allow.refusal(pattern, this.#caller) ?? other();
    if (pattern.length > MAX_KEPT_LENGTH) return refusal;
    if (known.size >= MAX_KEPT) known.clear();
    known.set(pattern, refusal);
    return refusal;
  }
}
