import type { ClientCall } from '../client-call.js';
import type { ServiceConnection } from '../service-connection.js';
import type { CallOutcomes } from './call-outcomes.js';

/** What is remembered of a replica, also while it is not connected. */
export interface Standing {
  /** Failures since its last answer. */
  failures: number;
  /** How many times it was left out. */
  times: number;
  /** Until when it is left out, by the monotonic clock. */
  until: number;
}

/** What a replica tells about its calls. */
export interface ReplicaOwner {
  /** @param call `undefined` when it concerns all */
  failed(replica: Replica, call: ClientCall | undefined, how: string): void;
  recovered(replica: Replica): void;
}

/** A connected replica, as the choice among them sees it. */
export class Replica implements CallOutcomes {
  readonly connection: ServiceConnection;
  readonly id: string;
  readonly standing: Standing;
  readonly #owner: ReplicaOwner;
  /** Answers so far; for {@link SilenceWatch}. */
  answers = 0;
  /** Whether it gets no calls but a probe. */
  out = false;
  /** The call that is to show whether it answers again. */
  probe: ClientCall | undefined;

  constructor(connection: ServiceConnection, id: string, standing: Standing, owner: ReplicaOwner) {
    this.connection = connection;
    this.id = id;
    this.standing = standing;
    this.#owner = owner;
  }

  /** How many calls it has that have no end yet. */
  get load(): number {
    return this.connection.inFlight;
  }

  /** Whether it takes a further call now. */
  get roomy(): boolean {
    return this.connection.roomy;
  }

  /** Whether a probe is under way. One that was too large to leave says nothing, and so does one that its caller gave up. */
  get probing(): boolean {
    return this.probe?.holder !== undefined;
  }

  answered(): void {
    this.answers++;
    if (this.out || this.standing.failures > 0) this.#owner.recovered(this);
  }

  unavailable(call: ClientCall): void {
    this.#owner.failed(this, call, 'it says that it is unavailable');
  }

  expired(call: ClientCall): void {
    this.#owner.failed(this, call, 'no answer before the deadline');
  }

  lost(): void {
    this.#owner.failed(this, this.probe, 'the connection was lost');
  }
}
