import { systemClock, type Clock, type Timer } from '@rookery/core';

interface Alarm {
  readonly due: number;
  readonly run: () => void;
}

/**
 * Time that passes when a test says so. What is due at one moment runs in the order in which it was arranged, and
 * whatever it leads to at once (promises, `defer`) runs before the next.
 */
export class VirtualClock implements Clock {
  readonly #epoch: number;
  /** In the order of arrangement. */
  #alarms: Alarm[] = [];
  #deferred: (() => void)[] = [];
  #now = 0;

  /** @param epoch what `epoch()` says at the beginning, in milliseconds */
  constructor(epoch = 0) {
    this.#epoch = epoch;
  }

  /** How many timers are arranged. */
  get timers(): number {
    return this.#alarms.length;
  }

  now(): number {
    return this.#now;
  }

  epoch(): number {
    return this.#epoch + this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const alarm = { due: this.#now + Math.max(0, ms), run };
    this.#alarms.push(alarm);
    return { cancel: () => void (this.#alarms = this.#alarms.filter((other) => other !== alarm)) };
  }

  defer(run: () => void): void {
    this.#deferred.push(run);
  }

  /** Whether something is to run at once. */
  get deferring(): boolean {
    return this.#deferred.length > 0;
  }

  /** When the next timer is due; `undefined` when there is none. */
  get next(): number | undefined {
    return this.#first()?.due;
  }

  /** Lets `ms` milliseconds pass, stopping at every timer on the way; afterwards nothing is left to do at once. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let { next } = this; next !== undefined && next <= end; { next } = this) {
      this.ring();
      await this.settle();
    }
    this.#now = end;
  }

  /** Moves on to the next timer, and rings it. */
  ring(): void {
    const alarm = this.#first();
    if (!alarm) return;
    this.#now = Math.max(this.#now, alarm.due);
    this.#alarms = this.#alarms.filter((other) => other !== alarm);
    alarm.run();
  }

  /** Time passes and nothing runs, as when the process is stopped or the event loop is blocked. */
  stall(ms: number): void {
    this.#now += ms;
  }

  /** Runs what was deferred, and what follows from it by promises, until nothing is left to do without time passing. */
  async settle(): Promise<void> {
    await realTurn();
    while (await this.turn());
  }

  /** Runs what was deferred so far, and what follows from it by promises; whether there was anything. */
  async turn(): Promise<boolean> {
    if (this.#deferred.length === 0) return false;
    const turn = this.#deferred;
    this.#deferred = [];
    for (const run of turn) run();
    await realTurn();
    return true;
  }

  #first(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) if (!first || alarm.due < first.due) first = alarm;
    return first;
  }
}

/** All promises that can go on, have. */
function realTurn(): Promise<void> {
  return new Promise((resolve) => systemClock.defer(resolve));
}
