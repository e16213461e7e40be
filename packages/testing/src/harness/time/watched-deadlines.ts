import { Deadlines, type Expiring } from '@rookery/core';
import { currentWork } from '../work/work.js';

/** Deadlines of which whoever arms one is known to wait for time: a handler that has called another service, for one. */
export class WatchedDeadlines extends Deadlines {
  readonly #waits = new Map<Expiring, () => void>();

  override arm(entry: Expiring, ms: number): void {
    super.arm(entry, ms);
    if (!entry.armed) return;
    const over = currentWork()?.wait();
    if (over) this.#waits.set(entry, over);
  }

  override disarm(entry: Expiring): void {
    super.disarm(entry);
    this.#waits.get(entry)?.();
    this.#waits.delete(entry);
  }
}
