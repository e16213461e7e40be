import { AsyncLocalStorage } from 'node:async_hooks';
import { systemClock } from '@rookery/core';
import type { VirtualClock } from '../../clock/virtual-clock.js';
import { pause, turn } from '../../waiting/eventually.js';
import type { UnderWay } from '../work/under-way.js';

/** What time is moved on for. */
export interface Goal {
  /** Whether time need not move on. Asked when nothing is left to do without time passing. */
  reached(): boolean;
  /** By the virtual clock; time does not go beyond it. */
  readonly until: number;
  /** Whether time goes on to `until` even when nothing is due. */
  readonly elapses: boolean;
  /** By the machine's clock, in milliseconds from now. */
  readonly wall: number;
  /** The error when one of the two is over; `undefined` if that is as well. */
  late(why: string): Error | undefined;
}

interface Pursued {
  readonly goal: Goal;
  readonly wallEnd: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Who moves time belongs to no message. */
const detached = AsyncLocalStorage.snapshot();

/** How often it only yields to the event loop, before it sleeps a millisecond each time. */
const YIELDS = 50;

/**
 * Moves virtual time: only when nothing can be done without time passing, and no user code waits for something real, a
 * database for one; then to the next timer. One loop for all who want something of it.
 */
export class Drive {
  readonly #clock: VirtualClock;
  readonly #underWay: UnderWay;
  readonly #patience: number;
  readonly #goals = new Set<Pursued>();
  #pumping = false;
  /** What nobody has heard of yet. */
  #failure: { readonly error: unknown } | undefined;

  /** @param patience real milliseconds for which time waits for code that does not move */
  constructor(clock: VirtualClock, underWay: UnderWay, patience: number) {
    this.#clock = clock;
    this.#underWay = underWay;
    this.#patience = patience;
  }

  /** Resolves when the goal is reached; rejects with what `late` says when it cannot be, or with what a timer threw. */
  reach(goal: Goal): Promise<void> {
    const failure = this.#failure;
    this.#failure = undefined;
    return new Promise((resolve, reject) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what was thrown
      if (failure) return void reject(failure.error);
      this.#goals.add({ goal, wallEnd: systemClock.now() + goal.wall, resolve, reject });
      if (!this.#pumping) detached(() => void this.#pump());
    });
  }

  /** Fails all who want something, or the next one who does. */
  fail(error: unknown): void {
    if (this.#goals.size === 0) this.#failure = { error };
    for (const pursued of this.#goals) this.#give(pursued, error);
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      await turn(); // what the one who asks has begun goes on
      while (this.#goals.size > 0) await this.#step();
    } catch (error) {
      this.fail(error);
    } finally {
      this.#pumping = false;
    }
  }

  async #step(): Promise<void> {
    for (const pursued of this.#goals) {
      if (systemClock.now() < pursued.wallEnd) continue;
      this.#late(pursued, `within ${pursued.goal.wall} ms by the clock on the wall`);
    }
    if (await this.#clock.turn()) return;
    if (this.#underWay.busy) {
      await this.#rest(() => this.#underWay.giveUpOnBusy());
      return;
    }
    for (const pursued of this.#goals) if (pursued.goal.reached()) this.#give(pursued);
    if (this.#goals.size > 0) await this.#moveOn();
  }

  async #moveOn(): Promise<void> {
    const { next } = this.#clock;
    for (const pursued of this.#goals) {
      const { until, elapses } = pursued.goal;
      if (next === undefined ? !elapses : next <= until) continue;
      this.#clock.stall(until - this.#clock.now());
      this.#late(pursued, `by ${Math.round(until)} ms of virtual time`);
    }
    if (this.#goals.size === 0) return;
    if (next === undefined) await this.#rest(() => undefined);
    else {
      this.#clock.ring();
      await turn();
    }
  }

  /** Waits for something real: until anything moves, or patience is over. */
  async #rest(over: () => void): Promise<void> {
    const { moves } = this.#underWay;
    const end = systemClock.now() + this.#patience;
    for (let count = 0; this.#underWay.moves === moves && !this.#clock.deferring; count++) {
      if (systemClock.now() >= end) {
        over();
        return;
      }
      await (count < YIELDS ? turn() : pause(1));
    }
  }

  #late(pursued: Pursued, why: string): void {
    this.#give(pursued, pursued.goal.late(why));
  }

  #give(pursued: Pursued, error?: unknown): void {
    this.#goals.delete(pursued);
    if (error === undefined) pursued.resolve();
    else pursued.reject(error);
  }
}
