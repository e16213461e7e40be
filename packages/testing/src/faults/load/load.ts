import { type Clock, isRookeryError, systemClock } from '@rookery/core';
import { pause } from '../../waiting/eventually.js';

/** How much is asked, and how long an answer may take. */
export interface LoadOptions {
  readonly perSecond: number;
  /** Milliseconds after which it ends by itself. */
  readonly lasting: number;
  /** Milliseconds that each call gives itself. */
  readonly timeout: number;
  /** Milliseconds after its timeout at which a call without an end counts as hung. */
  readonly margin: number;
  readonly clock?: Clock;
}

/** One call of a load. Times are of its clock. */
export interface LoadedCall {
  readonly began: number;
  readonly ended?: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

/** What became of a load, as data. */
export interface LoadReport {
  readonly sent: number;
  readonly ok: number;
  /** How many failed, by code and recourse. */
  readonly failed: Readonly<Record<string, number>>;
  /** Those without an end, or with one later than their deadline and the margin. */
  readonly hung: number;
  /** Milliseconds that the slowest call took that ended. */
  readonly worst: number;
}

type OpenCall = { -readonly [K in keyof LoadedCall]: LoadedCall[K] };

/** Milliseconds between two looks at what is due. */
const TICK = 4;

/**
 * Calls at a steady rate, whether answers come or not (an open loop: a server that hangs does not slow its callers), for a
 * bounded time, and so a bounded number of times.
 */
export class Load {
  readonly calls: readonly LoadedCall[];
  readonly #calls: OpenCall[] = [];
  readonly #options: LoadOptions;
  readonly #clock: Clock;
  readonly #call: (index: number) => Promise<unknown>;
  readonly #sending: Promise<void>;
  #open = 0;
  #stopped = false;

  /** Begins at once. @param call makes a call, which should end within `timeout` */
  constructor(options: LoadOptions, call: (index: number) => Promise<unknown>) {
    this.calls = this.#calls;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#call = call;
    this.#sending = this.#send();
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when all has been sent, and has ended or counts as hung. */
  async settled(): Promise<void> {
    await this.#sending;
    const { timeout, margin } = this.#options;
    const end = (this.#calls.at(-1)?.began ?? 0) + timeout + margin;
    while (this.#open > 0 && this.#clock.now() < end) await pause(TICK, this.#clock);
  }

  report(): LoadReport {
    const { timeout, margin } = this.#options;
    const failed: Record<string, number> = {};
    let [ok, hung, worst] = [0, 0, 0];
    for (const { began, ended, error } of this.#calls) {
      const took = (ended ?? Infinity) - began;
      if (took > timeout + margin) hung++;
      if (ended === undefined) continue;
      worst = Math.max(worst, took);
      if (error === undefined) ok++;
      else failed[kindOf(error)] = (failed[kindOf(error)] ?? 0) + 1;
    }
    return { sent: this.#calls.length, ok, failed, hung, worst: Math.round(worst) };
  }

  async #send(): Promise<void> {
    const { perSecond, lasting } = this.#options;
    const start = this.#clock.now();
    while (!this.#stopped) {
      const elapsed = Math.min(this.#clock.now() - start, lasting);
      for (let due = Math.ceil((elapsed * perSecond) / 1_000) - this.#calls.length; due > 0; due--)
        this.#one();
      if (elapsed >= lasting) return;
      await pause(TICK, this.#clock);
    }
  }

  #one(): void {
    const call: OpenCall = { began: this.#clock.now() };
    const index = this.#calls.push(call) - 1;
    this.#open++;
    this.#call(index)
      .then(
        (value) => (call.value = value),
        (error: unknown) => (call.error = error ?? new Error('nothing was thrown')),
      )
      .finally(() => {
        call.ended = this.#clock.now();
        this.#open--;
      });
  }
}

function kindOf(error: unknown): string {
  if (isRookeryError(error)) return `${error.code} ${error.recourse}`;
  return error instanceof Error ? error.name : typeof error;
}
