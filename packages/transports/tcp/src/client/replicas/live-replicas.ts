import type { Clock, Logger, Random } from '@rookery/core';
import type { ClientCall } from '../client-call.js';
import type { ServiceConnection } from '../service-connection.js';
import type { ReplicaSettings } from '../replica-options.js';
import { IGNORED } from './call-outcomes.js';
import { Replica, type ReplicaOwner, type Standing } from './replica.js';
import type { ReplicaWatch } from './replica-watch.js';
import { SilenceWatch } from './silence-watch.js';

/** How many replicas that are not connected any more are remembered. */
const MAX_REMEMBERED = 64;

/** What {@link LiveReplicas} needs of its surroundings. */
export interface BalanceScope {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: ReplicaSettings['balance'];
  readonly watch: ReplicaWatch;
  /** One that was left out gets calls again. */
  readonly recovered: () => void;
}

/**
 * The connected replicas of a service, each once, and which of them gets a call: the less loaded of two that are drawn
 * by lot. That is nearly as even as asking all of them, and many callers do not run to the same one.
 *
 * Outliers are left out as Envoy does it: after some failures in a row, for a time that grows with every time. Then one
 * call is let through: it brings the replica back, or puts it off again. The last one that takes calls is never
 * left out, and when there are only those that are left out, all get calls.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier
 */
export class LiveReplicas implements ReplicaOwner {
  readonly #service: string;
  readonly #scope: BalanceScope;
  readonly #all: Replica[] = [];
  /** Those that get calls. */
  #taking: readonly Replica[] = [];
  /** Those that are left out while others are not. */
  #out: readonly Replica[] = [];
  readonly #standings = new Map<string, Standing>();
  readonly #watch: SilenceWatch;

  constructor(service: string, scope: BalanceScope) {
    this.#service = service;
    this.#scope = scope;
    this.#watch = new SilenceWatch(scope.clock, scope.settings.silence, (replica, ms) =>
      this.#leaveOut(replica, `it answered none of its ${replica.load} calls for ${ms} ms, others did`),
    );
  }

  get size(): number {
    return this.#all.length;
  }

  /** Whether any has a call. */
  get busy(): boolean {
    return this.#all.some(({ load }) => load > 0);
  }

  /** How many calls they have. */
  get load(): number {
    return this.#all.reduce((sum, { load }) => sum + load, 0);
  }

  /** Whether any takes a further call now. */
  get roomy(): boolean {
    return this.#all.some(({ roomy }) => roomy);
  }

  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  add(connection: ServiceConnection, id: string): void {
    const standing = this.#standings.get(id) ?? { failures: 0, times: 0, until: -Infinity };
    this.#standings.delete(id);
    this.#standings.set(id, standing);
    const replica = new Replica(connection, id, standing, this);
    replica.out = standing.until > this.#scope.clock.now();
    this.#all.push(replica);
    connection.outcomes = replica;
    this.#arrange();
  }

  remove(connection: ServiceConnection): void {
    const index = this.#all.findIndex((replica) => replica.connection === connection);
    const [replica] = index < 0 ? [] : this.#all.splice(index, 1);
    if (!replica) return;
    connection.outcomes = IGNORED;
    const { failures, times } = replica.standing;
    if (failures === 0 && times === 0) this.#standings.delete(replica.id);
    else if (this.#standings.size > this.#all.length + MAX_REMEMBERED) this.#forgetOne();
    this.#arrange();
  }

  /** Who gets the call; `undefined` when nobody can now. */
  choose(call: ClientCall): ServiceConnection | undefined {
    const replica = this.#choose(call);
    if (replica?.roomy) return replica.connection;
    return replica && call.replica === undefined ? this.#leastOfRoomy() : undefined;
  }

  #choose(call: ClientCall): Replica | undefined {
    if (call.replica !== undefined) return this.#find(call.replica);
    if (this.#out.length > 0) {
      const due = this.#due();
      if (due) {
        due.probe = call;
        return due;
      }
    }
    const taking = this.#taking;
    const count = taking.length;
    if (count < 2) return taking[0];
    this.#watch.begin(taking);
    // One draw gives an ordered pair of different ones; of two with one load, the first is as good as any.
    const pair = Math.floor(this.#scope.random.next() * count * (count - 1));
    const first = Math.floor(pair / (count - 1));
    const other = pair % (count - 1);
    const one = taking[first] as Replica;
    const two = taking[other < first ? other : other + 1] as Replica;
    return two.load < one.load ? two : one;
  }

  /** When the draw fell on one that takes no more. */
  #leastOfRoomy(): ServiceConnection | undefined {
    let least: Replica | undefined;
    for (const replica of this.#taking)
      if (replica.roomy && replica.load < (least?.load ?? Infinity)) least = replica;
    return least?.connection;
  }

  /** How it stands with the replica at the other end of a connection. */
  stateOf(connection: ServiceConnection): 'ready' | 'left out' | 'probing' {
    const replica = this.#all.find((one) => one.connection === connection);
    if (!replica?.out) return 'ready';
    return replica.probing ? 'probing' : 'left out';
  }

  close(): void {
    this.#watch.end();
  }

  failed(replica: Replica, call: ClientCall | undefined, how: string): void {
    const { standing } = replica;
    standing.failures++;
    if (replica.out) {
      // Calls from before it was left out still fail; only the probe says anything new.
      if (replica.probe && replica.probe === call) this.#putOff(replica);
    } else if (standing.failures >= this.#scope.settings.failures) {
      this.#leaveOut(replica, `${standing.failures} failures in a row, the last: ${how}`);
    }
  }

  recovered(replica: Replica): void {
    replica.standing.failures = 0;
    if (!replica.out) return;
    replica.out = false;
    replica.probe = undefined;
    this.#arrange();
    this.#scope.logger.info(`${replica.connection.peer} answers again and gets calls; ${this.#count()}`);
    this.#scope.watch.announce({ service: this.#service, replica: replica.id, state: 'back' });
    this.#scope.recovered();
  }

  #leaveOut(replica: Replica, why: string): void {
    if (replica.out || this.#taking.length < 2) return;
    const { clock, settings, logger } = this.#scope;
    // One that did well for the longest time begins anew.
    if (clock.now() - replica.standing.until > settings.longest) replica.standing.times = 0;
    replica.out = true;
    const ms = this.#putOff(replica);
    this.#arrange();
    logger.warn(
      `${replica.connection.peer} (${replica.id}) gets no calls for ${Math.round(ms)} ms: ${why}; ${this.#count()}`,
    );
    this.#scope.watch.announce({ service: this.#service, replica: replica.id, state: 'out', why });
  }

  /** Gives the milliseconds until it may be probed. */
  #putOff(replica: Replica): number {
    const { clock, random, settings } = this.#scope;
    const { standing } = replica;
    replica.probe = undefined;
    standing.times++;
    const ms = Math.min(settings.longest, settings.leaveOut * standing.times) * (1 + random.next() / 4);
    standing.until = clock.now() + ms;
    return ms;
  }

  #due(): Replica | undefined {
    const now = this.#scope.clock.now();
    for (const replica of this.#out)
      if (replica.standing.until <= now && !replica.probing && replica.roomy) return replica;
    return undefined;
  }

  #find(id: string): Replica | undefined {
    for (const replica of this.#all) if (replica.id === id) return replica;
    return undefined;
  }

  #arrange(): void {
    const taking = this.#all.filter(({ out }) => !out);
    this.#taking = taking.length > 0 ? taking : [...this.#all];
    this.#out = taking.length > 0 ? this.#all.filter(({ out }) => out) : [];
    this.#watch.end();
  }

  #count(): string {
    return `${this.#taking.length} of ${this.#all.length} replicas of '${this.#service}' get calls`;
  }

  /** The one that has been away for longest. */
  #forgetOne(): void {
    for (const id of this.#standings.keys()) {
      if (this.has(id)) continue;
      this.#standings.delete(id);
      return;
    }
  }
}
