import { type Clock, DeadlineExceeded, QueueFull, type RookeryError, ownMessage } from '@rookery/core';
import type { CallHolder, ClientCall } from './client-call.js';

/** The calls that wait for a connection to one service. None of them has left this process. */
export class WaitingCalls implements CallHolder {
  readonly #service: string;
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #calls = new Set<ClientCall>();

  /** @param changed called when a call was cancelled */
  constructor(service: string, limit: number, clock: Clock, changed: () => void) {
    this.#service = service;
    this.#limit = limit;
    this.#clock = clock;
    this.#changed = changed;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Takes a call, or gives the reason why not. */
  add(call: ClientCall, why: RookeryError | undefined): QueueFull | undefined {
    if (this.#calls.size >= this.#limit) {
      const because = why ? ` (${why.message})` : '';
      return new QueueFull(
        `${this.#limit} requests wait for a connection to '${this.#service}' already${because}`,
      );
    }
    call.message = ownMessage(call.message);
    call.holder = this;
    call.since ??= this.#clock.now();
    this.#calls.add(call);
    return undefined;
  }

  credit(call: ClientCall, count: number): void {
    call.window += count;
  }

  cancel(call: ClientCall): void {
    this.#calls.delete(call);
    this.#changed();
  }

  /** Ends every call that waits. */
  fail(error: RookeryError): void {
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const call of calls) call.lost(error);
  }

  /**
   * Offers each call to `send`, in the order in which they came, with the milliseconds it has left, for as long as there is
   * `room`; those that it does not want go on waiting. A call whose time has passed ends.
   */
  leave(room: () => boolean, send: (call: ClientCall, timeout: number | undefined) => boolean): void {
    let full = false;
    for (const call of this.#calls) {
      if (!room()) return;
      if (full && call.replica === undefined) continue; // there is only room at some replicas, for calls to these
      const { timeout, pattern } = call.message.envelope;
      const left = timeout === undefined ? undefined : timeout - (this.#clock.now() - (call.since ?? 0));
      if (left !== undefined && left <= 0) {
        this.#calls.delete(call);
        const message = `${pattern} waited for a connection to '${this.#service}' until its deadline; it was never sent`;
        call.lost(new DeadlineExceeded(message, { recourse: 'retryable' }));
      } else if (send(call, left)) {
        this.#calls.delete(call);
      } else if (call.replica === undefined) {
        full = true;
      }
    }
  }
}
