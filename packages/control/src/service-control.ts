import type { AskedReplica, Replicas, SilentReplica } from './replicas.js';
import { ServiceLetters } from './service-letters.js';

/** A service that is being operated; made by {@link connect}. */
export class ServiceControl {
  readonly service: string;
  readonly deadLetters: ServiceLetters;
  readonly #replicas: Replicas;
  readonly #close: () => Promise<void>;

  /** @internal */
  constructor(service: string, replicas: Replicas, close: () => Promise<void>) {
    this.service = service;
    this.deadLetters = new ServiceLetters(replicas.asked);
    this.#replicas = replicas;
    this.#close = close;
  }

  /** Who is asked: each replica for its own letters, or one for those that all share. */
  get asked(): readonly AskedReplica[] {
    return this.#replicas.asked;
  }

  /** Addresses of the service at which nobody could be asked: letters that are there are in no answer. */
  get silent(): readonly SilentReplica[] {
    return this.#replicas.silent;
  }

  /** Whether there may be replicas with letters of their own that are not asked: the medium does not say which there are. */
  get others(): boolean {
    return this.#replicas.others;
  }

  /** Gives up what is under way: replays begin no further letter. Idempotent. */
  close(): Promise<void> {
    return this.#close();
  }
}
