import { type Clock, type Logger, type Message, PatternTable, QueueFull, type Timer } from '@rookery/core';
import type { Route } from '../frames/handshake.js';
import { EndpointEvents } from './endpoint-events.js';
import type { Consumer } from './consumer.js';

/** Somebody who takes events of a service: a replica at the other end of a connection, or this process itself. */
export interface EventReplica {
  /** Where it is. What comes to the same place later takes over from it. */
  readonly home: unknown;
  readonly routes: readonly Route[];
  /** It does not say what it wants, so that each of its routes gets every event. */
  readonly wantsAll?: boolean;
  /** Its place at the endpoint `routes[index]`. */
  consumer(index: number): Consumer;
}

/** So that patterns which are all different do not fill the memory. */
const MAX_WARNED = 1000;

interface Unrouted {
  readonly message: Message;
  /** It was meant for this service by name. */
  readonly addressed: boolean;
}

/**
 * The events for one service, kept here until it has them. While no replica is there, it is not known what the service
 * subscribes to, so that it may want everything: that is decided when one has said.
 */
export class ServiceEvents {
  readonly name: string;
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #endpoints = new Map<string, EndpointEvents>();
  /** Each replica's place at each of its routes, until it is gone. */
  readonly #consumers = new Map<EventReplica, readonly Consumer[]>();
  /** Those that take new events. */
  readonly #taking = new Set<EventReplica>();
  /** Places that are gone, while it is not known who takes over. */
  readonly #forgotten = new Set<unknown>();
  #table = new PatternTable<EndpointEvents>();
  #wantsAll = false;
  /** What was routed while a replica was expected at a place. */
  readonly #expected = new Map<unknown, Message[]>();
  readonly #unrouted: Unrouted[] = [];
  readonly #delayed = new Set<Timer>();
  /** Patterns of which the log says that nobody here wants them. */
  readonly #warned = new Set<string>();
  #idle: (() => void) | undefined;
  /** Fetches a replica, when an event waits for one; `undefined` when this process alone is the service. */
  onDemand: (() => void) | undefined;
  /** Is told of every event that is taken. */
  onUse: (() => void) | undefined;

  /** @param limit how many events one endpoint may have */
  constructor(name: string, limit: number, clock: Clock, logger: Logger) {
    this.name = name;
    this.#limit = limit;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** How many events are kept, one for each endpoint that has not settled it, the delayed ones aside. */
  get kept(): number {
    let kept = this.#unrouted.length;
    for (const endpoint of this.#endpoints.values()) kept += endpoint.size;
    return kept;
  }

  /** Whether events are kept and nobody is there to take them. */
  get waits(): boolean {
    return this.#taking.size === 0 && this.kept > 0;
  }

  /** Why an event of this pattern cannot be taken, if it cannot. */
  refusal(pattern: string): QueueFull | undefined {
    const held = this.#unrouted.length + this.#delayed.size;
    const longest = Math.max(0, ...this.#wanting(pattern).map((endpoint) => endpoint.longest));
    if (held + longest < this.#limit) return undefined;
    const why = this.#taking.size === 0 ? 'is not there' : 'does not keep up';
    return new QueueFull(
      `${this.#limit} events are kept for '${this.name}', which ${why}; ${pattern} was refused`,
    );
  }

  /** Takes an event, whose message nobody else may change. */
  add(message: Message, delay: number, addressed: boolean): void {
    if (delay <= 0) {
      this.#take({ message, addressed });
      return;
    }
    const timer = this.#clock.after(delay, () => {
      this.#delayed.delete(timer);
      this.#take({ message, addressed });
    });
    this.#delayed.add(timer);
  }

  /** A replica may soon be there. It gets the broadcasts of the meantime, if it wants them. */
  expect(home: unknown): void {
    if (!this.#expected.has(home)) this.#expected.set(home, []);
  }

  /** It is not there. */
  expectNoMore(home: unknown): void {
    this.#expected.delete(home);
  }

  /**
   * There will be nobody at this place any more. What only was wanted there is dropped when another replica has said
   * what it wants; until then it may be that.
   */
  forget(home: unknown): void {
    this.#expected.delete(home);
    this.#forgotten.add(home);
    if (this.#taking.size > 0) this.#leaveForgotten();
  }

  /** A replica is there, and has said what it wants. */
  attach(replica: EventReplica): void {
    this.#takeRoutes(replica);
    const consumers = replica.routes.map((_, index) => replica.consumer(index));
    this.#consumers.set(replica, consumers);
    this.#taking.add(replica);
    this.#each(replica, (endpoint, consumer) => endpoint.attach(consumer));
    for (const message of this.#expected.get(replica.home) ?? []) this.#catchUp(replica, message);
    this.#expected.delete(replica.home);
    this.#leaveForgotten();
    for (const event of this.#unrouted.splice(0)) this.#route(event);
    this.#checkIdle();
  }

  /** A replica takes nothing new; it may settle what it has. */
  detach(replica: EventReplica): void {
    this.#taking.delete(replica);
    this.#each(replica, (endpoint, consumer) => endpoint.detach(consumer));
  }

  /** A replica is gone: others get what it has not settled. */
  release(replica: EventReplica): void {
    this.#taking.delete(replica);
    this.#each(replica, (endpoint, consumer) => endpoint.release(consumer));
    this.#consumers.delete(replica);
    this.#checkIdle();
  }

  /** Resolves when every event has left for good, the delayed ones aside; at once if nobody else could take them. */
  async settled(): Promise<void> {
    if (this.kept > 0 && this.onDemand) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** Forgets all events and gives their number. */
  close(): number {
    const lost = this.kept + this.#delayed.size;
    for (const timer of this.#delayed) timer.cancel();
    this.#delayed.clear();
    this.#unrouted.length = 0;
    for (const endpoint of this.#endpoints.values()) endpoint.close();
    this.#idle?.();
    return lost;
  }

  #take(event: Unrouted): void {
    this.onUse?.();
    if (this.#taking.size > 0) {
      this.#route(event);
      return;
    }
    this.#unrouted.push(event);
    this.onDemand?.();
  }

  #route({ message, addressed }: Unrouted): void {
    const { pattern } = message.envelope;
    const endpoints = this.#wanting(pattern);
    for (const endpoint of endpoints) endpoint.add(message);
    for (const missed of this.#expected.values()) if (missed.length < this.#limit) missed.push(message);
    if (endpoints.length > 0 || !addressed || this.#warned.has(pattern)) return;
    if (this.#warned.size < MAX_WARNED) this.#warned.add(pattern);
    this.#logger.warn(
      `'${this.name}' has no handler for the event ${pattern}; such events for it are dropped`,
    );
  }

  #wanting(pattern: string): readonly EndpointEvents[] {
    return this.#wantsAll ? [...this.#endpoints.values()] : this.#table.match(pattern);
  }

  /** Gives a replica that has just come a broadcast that others have had. */
  #catchUp(replica: EventReplica, message: Message): void {
    const wanted = new Set(this.#wanting(message.envelope.pattern));
    this.#each(replica, (endpoint, consumer) => {
      if (wanted.has(endpoint)) endpoint.repeat(consumer, message);
    });
  }

  /** Brings the endpoints up to date with what a place wants now. */
  #takeRoutes({ home, routes, wantsAll = false }: EventReplica): void {
    this.#wantsAll = wantsAll;
    this.#leave(home, new Set(routes.map(keyOf)));
    for (const route of routes) {
      const endpoint =
        this.#endpoints.get(keyOf(route)) ?? new EndpointEvents(route, this.#clock, () => this.#checkIdle());
      this.#endpoints.set(keyOf(route), endpoint);
      endpoint.settleAt(home, route.patterns);
    }
    this.#arrange();
  }

  #leaveForgotten(): void {
    if (this.#forgotten.size === 0) return;
    for (const home of this.#forgotten) this.#leave(home, new Set());
    this.#forgotten.clear();
    this.#arrange();
    this.#checkIdle();
  }

  /** A place wants no endpoints but these; what no place wants is dropped. */
  #leave(home: unknown, wanted: ReadonlySet<string>): void {
    for (const [key, endpoint] of this.#endpoints) {
      if (wanted.has(key) || !endpoint.leave(home)) continue;
      this.#endpoints.delete(key);
      if (endpoint.size > 0) this.#logger.warn(this.#dropped(endpoint));
      endpoint.close();
    }
  }

  #arrange(): void {
    this.#table = new PatternTable();
    for (const endpoint of this.#endpoints.values()) {
      for (const pattern of endpoint.patterns) this.#table.add(pattern, endpoint);
    }
    this.#warned.clear();
  }

  #dropped({ name, size }: EndpointEvents): string {
    return `'${this.name}' has no endpoint ${name} any more; ${size} events kept for it are dropped`;
  }

  #each(replica: EventReplica, act: (endpoint: EndpointEvents, consumer: Consumer) => void): void {
    const consumers = this.#consumers.get(replica) ?? [];
    for (const [index, route] of replica.routes.entries()) {
      const endpoint = this.#endpoints.get(keyOf(route));
      const consumer = consumers[index];
      if (endpoint && consumer) act(endpoint, consumer);
    }
  }

  #checkIdle(): void {
    if (this.#idle && this.kept === 0) this.#idle();
  }
}

/** Shared and broadcast endpoints of one name are two. */
function keyOf({ endpoint, broadcast }: Route): string {
  return `${broadcast ? 'broadcast' : 'shared'} ${endpoint}`;
}
