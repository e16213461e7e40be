import {
  CONTROL,
  type Client,
  type Clock,
  type ControlDescription,
  type ReplicaDescription,
  type Transport,
} from '@rookery/core';

/** Milliseconds for the other addresses of a service to be connected, once one is. */
const OTHERS_WITHIN = 1_000;
const LOOK_EVERY = 20;

/** How many requests are spread over replicas that cannot be told apart before they have answered. */
const SAMPLES = 12;

/** What an address does while it may still become a replica: the words of the transport's description. */
const CONNECTING = new Set(['idle', 'dialling']);

/** A replica that is asked. */
export class AskedReplica {
  /** What it has said of itself. */
  readonly description: ControlDescription;
  readonly #client: Client;
  /** Its name as the transport knows it; `undefined` where the transport chooses who gets a request. */
  readonly #target: string | undefined;

  constructor(client: Client, target: string | undefined, description: ControlDescription) {
    this.#client = client;
    this.#target = target;
    this.description = description;
  }

  /** Its name among the replicas of its service. */
  get name(): string {
    return this.#target ?? this.description.replica ?? 'a replica';
  }

  ask(pattern: string, data: unknown): Promise<unknown> {
    return this.#client.request(pattern, data, { replica: this.#target });
  }

  /** However long the replica has nothing to say: whether it is there is for its connection to tell. */
  stream(pattern: string, data: unknown): AsyncIterableIterator<unknown> {
    return this.#client.stream(pattern, data, { replica: this.#target, idleTimeout: Infinity });
  }
}

/** An address of the service at which nobody was found who could be asked. */
export interface SilentReplica {
  readonly address: string;
  /** In the words of the transport. */
  readonly state: string;
}

/** Those who answer for a service. */
export interface Replicas {
  /** Each has its own letters, unless they share one store: then one of them is asked for all. */
  readonly asked: readonly AskedReplica[];
  readonly silent: readonly SilentReplica[];
  /** Whether there may be replicas, with letters of their own, that were not met: the medium does not say which there are. */
  readonly others: boolean;
}

/** Finds all replicas of a service that can be asked; the transport has reached it. */
export async function findReplicas(
  client: Client,
  transport: Transport,
  service: string,
  clock: Clock,
): Promise<Replicas> {
  const known = await settled(transport, service, clock);
  if (!known) {
    const asked = await sampled(client);
    const shared = asked.find(({ description }) => description.deadLetters.scope === 'service');
    return { asked: shared ? [shared] : asked, silent: [], others: shared === undefined };
  }
  const named = known.flatMap(({ replica }) => replica ?? []);
  const all = await Promise.all(named.map((replica) => introduced(client, replica)));
  const silent = known.filter(({ replica, state }) => replica === undefined && state !== 'spare');
  const shared = all.find(({ description }) => description.deadLetters.scope === 'service');
  return { asked: shared ? [shared] : all, silent, others: false };
}

/**
 * Those who answer when the medium chooses who gets a request: it spreads them, so that most replicas are met. From then on
 * each is asked by its name.
 */
async function sampled(client: Client): Promise<AskedReplica[]> {
  const met = new Map<string | undefined, ControlDescription>();
  // One after the other: what is sent at once some media hand over together.
  for (let sample = 0; sample < SAMPLES; sample++) {
    const { description } = await introduced(client, undefined);
    met.set(description.replica, description);
    if (description.deadLetters.scope === 'service') break;
  }
  return [...met]
    .sort(([a = ''], [b = '']) => a.localeCompare(b))
    .map(([replica, description]) => new AskedReplica(client, replica, description));
}

async function introduced(client: Client, replica: string | undefined): Promise<AskedReplica> {
  const description = await client.request(CONTROL.describe, undefined, { replica });
  return new AskedReplica(client, replica, description as ControlDescription);
}

/** What the addresses of a service lead to, once none is being connected; `undefined` where that is not known. */
async function settled(
  transport: Transport,
  service: string,
  clock: Clock,
): Promise<readonly ReplicaDescription[] | undefined> {
  const end = clock.now() + OTHERS_WITHIN;
  for (;;) {
    const known = transport.describe().replicas?.[service];
    if (!known || clock.now() >= end || !known.some(({ state }) => CONNECTING.has(state))) return known;
    await new Promise<void>((resolve) => void clock.after(LOOK_EVERY, resolve));
  }
}
