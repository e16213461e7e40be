import { PatternTable } from '@rookery/core';
import type { AllowList } from './allow-list.js';

/** How many answers are kept for one connection; a caller that makes up patterns does not get more memory. */
const MAX_KEPT = 1024;

/** What one caller may do, found out once for each pattern. */
export class Permissions {
  readonly #allow: AllowList;
  readonly #caller: string | undefined;
  readonly #known = new Map<string, string | undefined>();

  constructor(allow: AllowList, caller: string | undefined) {
    this.#allow = allow;
    this.#caller = caller;
  }

  /** Why the caller may not send a request; `undefined` if it may. */
  request(pattern: string): string | undefined {
    return this.#find(pattern, pattern, () => undefined);
  }

  /**
   * Why the caller may not send an event to a subscription; `undefined` if it may.
   *
   * @param number of the subscription in the WELCOME
   * @param patterns what it subscribes to: the sender must not choose where an event goes
   */
  event(pattern: string, number: number, patterns: readonly string[]): string | undefined {
    return this.#find(`${number} ${pattern}`, pattern, () => {
      const table = new PatternTable<true>();
      for (const one of patterns) table.add(one, true);
      return table.match(pattern).length > 0
        ? undefined
        : `${pattern} is not what the endpoint subscribes to: ${patterns.join(', ')}`;
    });
  }

  #find(key: string, pattern: string, other: () => string | undefined): string | undefined {
    if (this.#known.has(key)) return this.#known.get(key);
    const refusal = this.#allow.refusal(pattern, this.#caller) ?? other();
    if (this.#known.size >= MAX_KEPT) this.#known.clear();
    this.#known.set(key, refusal);
    return refusal;
  }
}
