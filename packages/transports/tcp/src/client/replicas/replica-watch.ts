import type { ReplicaChange } from '@rookery/core';

/** Those who want to hear when a replica is left out or is back. */
export class ReplicaWatch {
  readonly #listeners = new Set<(change: ReplicaChange) => void>();

  watch(listener: (change: ReplicaChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(change: ReplicaChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
