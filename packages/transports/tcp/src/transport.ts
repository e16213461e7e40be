import type { Socket } from 'node:net';
import {
  atMost,
  type Call,
  type Capabilities,
  ClientClosed,
  ConfigurationError,
  type Message,
  ObservedState,
  type Publication,
  type PublishOutcome,
  type ReplicaChange,
  type ReplySink,
  type RequestHandler,
  type RookeryError,
  type Subscriber,
  type Subscription,
  type SubscriptionControl,
  type Target,
  type Transport,
  type TransportDescription,
  type TransportHost,
  type TransportState,
} from '@rookery/core';
import { BufferPool } from './connection/buffer-pool.js';
import { ClientCall } from './client/client-call.js';
import type { ConnectionScope } from './connection/connection.js';
import { describe } from './describe.js';
import { Intake } from './events/intake.js';
import { LocalReplica } from './events/local-replica.js';
import { Publisher } from './events/publisher.js';
import type { ServiceEvents } from './events/service-events.js';
import type { Welcome } from './frames/handshake.js';
import { KNOWN } from './frames/protocol.js';
import { StockEvents } from './nest-wire/stock-events.js';
import { Listener } from './server/listener.js';
import type { Settings } from './options.js';
import { Refusals } from './security/refusals.js';
import { ReplicaWatch } from './client/replicas/replica-watch.js';
import { RemoteService } from './client/remote-service.js';
import type { Served } from './server/served.js';

/** Requests and events straight from service to service; see PROTOCOL.md for what travels. */
export class TcpTransport implements Transport, Served {
  readonly scheme = 'tcp';
  readonly capabilities: Capabilities;
  readonly #settings: Settings;
  readonly #host: TransportHost;
  readonly #scope: ConnectionScope;
  readonly #services = new Map<string, RemoteService>();
  readonly #listener: Listener | undefined;
  readonly #publisher: Publisher;
  readonly intakes: Intake[] = [];
  readonly stockEvents: StockEvents;
  readonly #state = new ObservedState();
  #local: LocalReplica | undefined;
  #service: string | undefined;
  #handler: RequestHandler | undefined;
  #phase: 'new' | 'open' | 'draining' | 'closed' = 'new';
  #opening: Promise<void> | undefined;
  #quiescing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: Settings, host: TransportHost) {
    this.#settings = settings;
    this.#host = host;
    this.#service = host.service;
    const { maxBody } = settings;
    this.capabilities = {
      maxBody,
      acceptance: 'memory',
      direct: true,
      wildcards: true,
      delay: true,
      deadLetters: false,
      uploads: true,
    };
    const { clock, random, logger } = host;
    const refusals = new Refusals(clock, logger);
    const sockets = new Set<Socket>();
    this.#scope = {
      settings,
      clock,
      random,
      logger,
      refusals,
      pool: new BufferPool(),
      sockets,
      replicas: new ReplicaWatch(),
    };
    this.#publisher = new Publisher(settings.maxEvents, clock, logger);
    this.stockEvents = new StockEvents(() => this.#ownEvents(), clock, host.random, logger);
    for (const [name, addresses] of settings.services) {
      const options = {
        addresses,
        identity: host,
        random: host.random,
        events: this.#publisher.service(name),
        changed: () => this.#refresh(),
      };
      this.#services.set(name, new RemoteService(name, this.#scope, options));
    }
    if (settings.listen) this.#listener = new Listener(settings.listen, this.#scope, this);
  }

  get state(): TransportState {
    return this.#state.current;
  }

  get handler(): RequestHandler | undefined {
    return this.#handler;
  }

  get introduction(): Omit<Welcome, 'version'> {
    const { maxFrame, maxBody } = this.#settings;
    const subscriptions = this.intakes.map(
      ({ subscription: { endpoint, patterns, broadcast, concurrency } }) => ({
        endpoint,
        patterns,
        broadcast,
        concurrency,
      }),
    );
    const { maxRequests } = this.#settings.limits;
    return {
      service: this.#service,
      replica: this.#host.replica,
      maxFrame,
      maxBody,
      knows: KNOWN,
      maxRequests,
      subscriptions,
    };
  }

  watch(listener: (state: TransportState) => void): () => void {
    return this.#state.watch(listener);
  }

  watchReplicas(listener: (change: ReplicaChange) => void): () => void {
    return this.#scope.replicas.watch(listener);
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const service = this.#services.get(target.service);
    if (service) return service.request(message, target.replica, credit, sink);
    return new ClientCall(message, undefined, credit, sink).refuse(this.#unknown(target.service));
  }

  publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    const outcomes = publications.map((one) => this.#publisher.publish(one, (name) => this.#unknown(name)));
    return Promise.resolve(outcomes);
  }

  serve(service: string, handler: RequestHandler): void {
    this.#service = service;
    this.#handler = handler;
    this.#publisher.service(service);
  }

  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    this.#service = subscription.service;
    const intake = new Intake(subscription, subscriber, this.#host.clock);
    this.intakes.push(intake);
    return intake;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async reach(target: Target, timeout?: number): Promise<void> {
    const service = this.#services.get(target.service);
    if (!service) throw this.#unknown(target.service);
    await service.reach(timeout);
  }

  quiesce(): Promise<void> {
    this.#quiescing ??= this.#quiesce();
    return this.#quiescing;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  describe(): TransportDescription {
    return describe(this.#listener, this.#services);
  }

  /** The `net.Server` if this side listens, else the sockets that are connected. */
  unwrap(): unknown {
    return this.#listener?.server ?? [...this.#services.values()].flatMap(({ sockets }) => sockets);
  }

  async #open(): Promise<void> {
    if (this.#listener) await this.#listener.open();
    else for (const service of this.#services.values()) service.connect();
    this.#phase = 'open';
    if (this.#service !== undefined && (this.#handler || this.intakes.length > 0)) {
      this.#local = new LocalReplica(this.intakes, this.#host.replica, this.#host.clock);
      this.#publisher.service(this.#service).attach(this.#local);
    }
    this.#refresh();
  }

  async #quiesce(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    this.#phase = 'draining';
    this.#state.set({ status: 'draining' });
    const hushed = this.#listener?.drain();
    this.#leave();
    for (const intake of this.intakes) intake.stop();
    if (hushed) await atMost(this.#host.clock, this.#settings.goodbyeTimeout, hushed);
  }

  /** The events for this process itself, while it takes any. */
  #ownEvents(): ServiceEvents | undefined {
    if (this.#service === undefined || this.#phase !== 'open' || this.intakes.length === 0) return undefined;
    return this.#publisher.service(this.#service);
  }

  /** Takes no more of its own events; other replicas, if it knows any, may. */
  #leave(): void {
    if (this.#service === undefined || !this.#local) return;
    const own = this.#publisher.service(this.#service);
    own.detach(this.#local);
    if (own.waits) own.onDemand?.();
  }

  /** Nothing is handled here any more: what is not settled goes to other replicas, if it knows any. */
  #handOver(): void {
    if (this.#service === undefined || !this.#local) return;
    const own = this.#publisher.service(this.#service);
    own.release(this.#local);
    if (own.waits) own.onDemand?.();
  }

  async #close(): Promise<void> {
    await this.quiesce();
    const { sockets, clock, settings } = this.#scope;
    const expired = Promise.withResolvers<void>();
    const timer = clock.after(settings.closeTimeout, expired.resolve);
    this.#listener?.close();
    this.#handOver();
    await Promise.race([this.#publisher.settled(), expired.promise]);
    this.#phase = 'closed';
    this.#publisher.close();
    this.stockEvents.tell();
    for (const service of this.#services.values()) service.close();
    const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await Promise.race([Promise.all(closed), expired.promise]);
    timer.cancel();
    for (const socket of sockets) socket.destroy();
    this.#state.set({ status: 'closed' });
  }

  /** Ready when what is wanted is connected and, on a side that listens, the port is taken. */
  #refresh(): void {
    if (this.#phase === 'draining' || this.#phase === 'closed') return;
    const services = [...this.#services.values()];
    const trying = services.filter(({ trying }) => trying);
    const ready = this.#listener ? this.#phase === 'open' : services.some(({ live, rests }) => live || rests);
    if (trying.length === 0 && ready) {
      this.#state.set({ status: 'ready' });
      return;
    }
    const cause = (trying.length > 0 ? trying : services).find(({ failure }) => failure)?.failure;
    this.#state.set(cause ? { status: 'connecting', cause } : { status: 'connecting' });
  }

  #unknown(service: string): RookeryError {
    if (this.#phase === 'closed')
      return new ClientClosed('the transport is closed', { recourse: 'terminal' });
    const known = [...this.#services.keys()].map((name) => `'${name}'`).join(', ') || 'none';
    return new ConfigurationError(
      `no address of the service '${service}' is known; known: ${known}. ` +
        `Add it: services: { '${service}': 'tcp://host:port' }, or ROOKERY_SERVICES=${service}=tcp://host:port`,
    );
  }
}
