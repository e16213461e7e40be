import { ObservedState, type Logger, type RookeryError, type TransportState } from '@rookery/core';

/** The state of a transport, made of what its parts say: `ready` when it is open and none of them has trouble. */
export class Health {
  readonly #state = new ObservedState();
  readonly #troubles = new Map<string, RookeryError>();
  readonly #logger: Logger;
  #open = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get current(): TransportState {
    return this.#state.current;
  }

  watch(listener: (state: TransportState) => void): () => void {
    return this.#state.watch(listener);
  }

  /** It has reached the brokers, or all that is to be served is being taken. */
  opened(): void {
    this.#open = true;
    this.#tell();
  }

  trouble(part: string, cause: RookeryError): void {
    // Once for each kind of it, not at every try.
    if (this.#troubles.get(part)?.code !== cause.code) this.#logger.warn(`kafka, ${part}: ${cause.message}`);
    this.#troubles.set(part, cause);
    this.#tell();
  }

  well(part: string): void {
    if (!this.#troubles.delete(part)) return;
    this.#logger.info(`kafka, ${part}: well again`);
    this.#tell();
  }

  end(status: 'draining' | 'closed'): void {
    this.#state.set({ status });
  }

  #tell(): void {
    const { status } = this.#state.current;
    if (status === 'draining' || status === 'closed') return;
    const [cause] = this.#troubles.values();
    if (cause) this.#state.set({ status: 'connecting', cause });
    else if (this.#open) this.#state.set({ status: 'ready' });
  }
}
