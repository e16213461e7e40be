import type { Clock, Timer } from './clock.js';

/** What waits on a {@link Deadlines} wheel. A class extends it, so that arming costs no allocation. */
export abstract class Expiring {
  /** @internal */ expiresAt = 0;
  /** @internal */ previous: Expiring | undefined;
  /** @internal */ following: Expiring | undefined;
  /** @internal */ slot = -1;

  /** Whether it is on a wheel. */
  get armed(): boolean {
    return this.slot >= 0;
  }

  /** Called once when the time has come, unless it was disarmed before. Must not throw. */
  abstract expire(): void;
}

const TICK_MS = 5;
const SLOTS = 1024;

/**
 * One shared timer wheel for the deadlines of all calls: arming and disarming are O(1) and cost no
 * timer of their own. Expiry is never early and at most two ticks (10 ms) late, the event loop's own delay aside.
 * With nothing armed there is no timer, so an idle process may end.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #slots: (Expiring | undefined)[] = new Array<Expiring | undefined>(SLOTS).fill(undefined);
  #armed = 0;
  #tick = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are armed. */
  get size(): number {
    return this.#armed;
  }

  /**
   * Arms `entry` to expire `ms` milliseconds from now, moving it if it was armed already; `Infinity` disarms it.
   *
   * @param now for who has just read the clock
   */
  arm(entry: Expiring, ms: number, now: number = this.#clock.now()): void {
    if (entry.slot >= 0) this.disarm(entry);
    if (ms === Infinity) return;
    if (this.#armed === 0) this.#tick = Math.floor(now / TICK_MS);
    entry.expiresAt = now + ms;
    // The tick after the one in which it falls due, and never one that has been visited already.
    const due = Math.max(Math.ceil(entry.expiresAt / TICK_MS), this.#tick + 1);
    const slot = due % SLOTS;
    const head = this.#slots[slot];
    entry.slot = slot;
    entry.previous = undefined;
    entry.following = head;
    if (head) head.previous = entry;
    this.#slots[slot] = entry;
    this.#armed++;
    this.#wind();
  }

  /** Takes `entry` off the wheel. Harmless when it is not armed. */
  disarm(entry: Expiring): void {
    if (entry.slot < 0) return;
    if (entry.previous) entry.previous.following = entry.following;
    else this.#slots[entry.slot] = entry.following;
    if (entry.following) entry.following.previous = entry.previous;
    entry.previous = undefined;
    entry.following = undefined;
    entry.slot = -1;
    this.#armed--;
  }

  readonly #turn = (): void => {
    this.#timer = undefined;
    const now = this.#clock.now();
    const last = Math.floor(now / TICK_MS);
    // After a long stall one round visits every slot; more rounds would find nothing new.
    const first = Math.max(this.#tick + 1, last - SLOTS + 1);
    this.#tick = last;
    for (let tick = first; tick <= last; tick++) this.#visit(tick % SLOTS, now);
    if (this.#armed > 0) this.#wind();
  };

  #wind(): void {
    if (this.#timer === undefined) this.#timer = this.#clock.after(TICK_MS, this.#turn);
  }

  #visit(slot: number, now: number): void {
    const due: Expiring[] = [];
    for (let entry = this.#slots[slot]; entry; entry = entry.following) {
      if (entry.expiresAt <= now) due.push(entry);
    }
    for (const entry of due) {
      // One that expired before it may have disarmed it, or moved it, even by a whole turn of the wheel.
      if (entry.slot !== slot || entry.expiresAt > now) continue;
      this.disarm(entry);
      entry.expire();
    }
  }
}
