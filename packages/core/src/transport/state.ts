import type { RookeryError } from '../errors/rookery-error.js';

/**
 * Where a transport is in its life. `connecting` is also the state between a lost connection and the next; its cause
 * is then why. `closed` is final.
 */
export type TransportState =
  | { readonly status: 'connecting'; readonly cause?: RookeryError }
  /** With `blocked`, the medium takes nothing for now, and this is why: what is sent waits; what it has still comes. */
  | { readonly status: 'ready'; readonly blocked?: string | undefined }
  | { readonly status: 'draining' }
  | { readonly status: 'closed'; readonly cause?: RookeryError };

/** A state and those who watch it. */
export class ObservedState {
  #state: TransportState = { status: 'connecting' };
  readonly #listeners = new Set<(state: TransportState) => void>();

  get current(): TransportState {
    return this.#state;
  }

  /** Moves on; nothing leads out of `closed`, and a state that is already there is not announced again. */
  set(state: TransportState): void {
    if (this.#state.status === 'closed') return;
    if (isKnown(this.#state, state)) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  /** Calls `listener` at every change from now on, until the returned function is called. */
  watch(listener: (state: TransportState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Whether a state says nothing new after another. */
function isKnown(before: TransportState, state: TransportState): boolean {
  if (state.status === 'connecting' || before.status !== state.status) return false;
  return before.status !== 'ready' || state.status !== 'ready' || before.blocked === state.blocked;
}
