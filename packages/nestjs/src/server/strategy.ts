import {
  Server as NestServer,
  Transport,
  type CustomTransportStrategy,
  type MessageHandler,
} from '@nestjs/microservices';
import {
  ConfigurationError,
  readEnvironment,
  resolveServer,
  Server,
  type DeadLetters,
  type EndpointListener,
  type Lag,
  type TransportState,
  type Pattern,
} from '@rookery/core';
import type {
  ServerDescription,
  TopologyItem,
  Transport as RookeryTransport,
  TransportDescription,
} from '@rookery/core';
import { Connection } from '../connection/connection.js';
import { importPackage } from '../connection/import-package.js';
import { StatusListeners, type RookeryEvents, type RookeryStatus } from '../connection/status.js';
import type { Application, SeamServer } from '../seams/applications.js';
import { transportName, type DeclaredHandler } from '../seams/handlers-of-app.js';
import { contextsOf } from './contexts/of-medium.js';
import { NestHandlers } from './nest-handlers.js';
import type { RookeryOptions } from './options.js';
import { ownPatterns } from './own-patterns.js';
import type { RookeryContext } from './rookery-context.js';

/** The handlers that are pinned to a transport bind on the scheme that is that transport's. */
const TRANSPORT_IDS: Readonly<Record<string, Transport>> = {
  amqp: Transport.RMQ,
  kafka: Transport.KAFKA,
  tcp: Transport.TCP,
};

/** See {@link RookeryStrategy.describe}. */
export interface ServiceDescription extends ServerDescription {
  /** Where it listens, or which broker it uses. */
  readonly transport: TransportDescription;
  /** Whether it has its connections, and why not; while its broker takes nothing, because of an alarm there, why. */
  readonly state: TransportState;
}

/** Makes Nest's handlers a Rookery service; made by {@link rookery}. */
export class RookeryStrategy
  extends NestServer<RookeryEvents, RookeryStatus>
  implements CustomTransportStrategy, SeamServer
{
  /** Which pinned handlers bind: those of this scheme's transport. */
  override readonly transportId: Transport | symbol;
  /** Failures of event handlers are told by Rookery, with what becomes of the event; Nest 12 need not log them too. */
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: RookeryOptions;
  /** Who serves. */
  readonly service: string;
  readonly #connection: Connection;
  readonly #handlers = new NestHandlers();
  readonly #listeners = new StatusListeners();
  readonly #watching = new Set<EndpointListener>();
  #application: Application | undefined;
  #transport: RookeryTransport | undefined;
  #server: Server | undefined;

  /** @throws ConfigurationError when the options cannot work */
  constructor(options: RookeryOptions) {
    super();
    const service = options.service ?? readEnvironment().service;
    if (!service)
      throw new ConfigurationError(
        "rookery({ … }) needs a name: set service (for example 'users') or ROOKERY_SERVICE",
      );
    this.#options = options;
    this.service = service;
    const where = `rookery({ service: '${service}' })`;
    this.#connection = new Connection(resolveServer(options, service, where, importPackage));
    const { scheme } = this.#connection;
    this.transportId = TRANSPORT_IDS[scheme] ?? Symbol.for(`rookery.${scheme}`);
  }

  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler = false, extras = {}): void {
    callback.isEventHandler = isEventHandler;
    callback.extras = extras;
    this.messageHandlers.set(this.normalizePattern(pattern as never), callback);
    for (const own of ownPatterns(this.#connection.scheme, pattern as Pattern)) {
      if (isEventHandler) this.#handlers.addEvent(own, callback, extras);
      else this.#handlers.addRequest(own, callback);
    }
  }

  /** Called by Nest: the first argument of `callback` is an error. */
  listen(callback: (error?: unknown) => void): void {
    this.#start().then(
      () => callback(),
      (error: unknown) => {
        this._status$.next('disconnected');
        callback(error);
      },
    );
  }

  /** Drains, then closes. Idempotent. */
  async close(): Promise<void> {
    await this.#server?.close();
    await this.#connection.close();
  }

  /** Calls `callback` at each change to the state that `event` names. */
  on<Event extends keyof RookeryEvents>(event: Event, callback: RookeryEvents[Event]): void {
    this.#listeners.on(event, callback);
  }

  /** The transport's native object: the `net.Server` on TCP. */
  unwrap<T>(): T {
    if (!this.#transport) throw new Error('call listen() or startAllMicroservices() before unwrap()');
    return this.#transport.unwrap() as T;
  }

  /** Where it listens, as URLs with the real port; empty before it does. */
  get addresses(): readonly string[] {
    return this.#transport?.describe().addresses ?? [];
  }

  /**
   * What the service has given up: to list, replay, edit and drop.
   *
   * @throws Error before the service listens
   */
  get deadLetters(): DeadLetters {
    if (!this.#server) throw new Error('call listen() or startAllMicroservices() before deadLetters');
    return this.#server.deadLetters;
  }

  /**
   * What is done with requests before their handlers, in its order, and with events, with each value and where it was set;
   * what is in hand at this moment; and the transport.
   *
   * @throws Error before the service listens
   */
  describe(): ServiceDescription {
    if (!this.#transport || !this.#server)
      throw new Error('call listen() or startAllMicroservices() before describe()');
    return {
      ...this.#server.describe(),
      transport: this.#transport.describe(),
      state: this.#transport.state,
    };
  }

  /**
   * What the service needs at its broker, without a connection: queues, topics and the like, but for what lives and dies with
   * one replica. Nothing on a direct transport. After `app.init()`, and `listen()` may follow.
   */
  async topology(): Promise<readonly TopologyItem[]> {
    const server = await this.#prepared();
    server.declare();
    return this.#transport?.describe().topology ?? [];
  }

  /**
   * What waits at the broker for this service, all its replicas together: for health and for scaling. Asks the broker each time;
   * nothing where the medium does not say.
   *
   * @throws Error before the service listens, and RookeryError when the broker cannot be asked
   */
  async lag(): Promise<readonly Lag[]> {
    if (!this.#server) throw new Error('call listen() or startAllMicroservices() before lag()');
    return this.#server.lag();
  }

  /**
   * Calls `listener` when the kill switch of an endpoint pauses it, probes, or lets it run again, until the returned function
   * is called.
   */
  watchEndpoints(listener: EndpointListener): () => void {
    this.#watching.add(listener);
    return () => this.#watching.delete(listener);
  }

  override setOnProcessingStartHook(
    hook: (transportId: Transport | symbol, context: never, done: () => Promise<unknown>) => void,
  ): void {
    super.setOnProcessingStartHook(hook as never);
    this.#useHooks();
  }

  override setOnProcessingEndHook(hook: (transportId: Transport | symbol, context: never) => void): void {
    super.setOnProcessingEndHook(hook as never);
    this.#useHooks();
  }

  /** @internal */
  declare(handlers: readonly DeclaredHandler[]): void {
    this.#handlers.declare(handlers);
  }

  /** @internal */
  belongsTo(application: Application): void {
    this.#application = application;
  }

  /** @internal */
  async drain(): Promise<void> {
    await this.#server?.drain();
  }

  async #start(): Promise<void> {
    this.#assertAllBound();
    this._status$.next('connecting');
    const server = await this.#prepared();
    await server.start();
    const { addresses } = this;
    this.#connection.logger.info(`'${this.service}' serves on ${addresses.join(', ')}`);
  }

  /** The server with all handlers, which has not begun. */
  async #prepared(): Promise<Server> {
    if (this.#server) return this.#server;
    const transport = await this.#connection.transport();
    this.#transport = transport;
    transport.watch((state) => this._status$.next(this.#listeners.announce(state)));
    const { logger, codec, replica, runtime } = this.#connection;
    const { clock, random } = runtime;
    this.#handlers.context = contextsOf(this.#connection.scheme, transport, logger);
    const server = new Server({
      ...this.#options,
      service: this.service,
      transport,
      clock,
      random,
      codec,
      logger,
      replica,
    });
    server.watch((event) => this.#watching.forEach((listener) => listener(event)));
    for (const { pattern, callback } of this.#handlers.requests.values()) {
      server.handle(pattern, this.#handlers.requestHandler(callback));
    }
    for (const endpoint of this.#handlers.events) {
      const { name, patterns, options } = endpoint;
      server.on(patterns, { ...options, endpoint: name }, this.#handlers.eventHandler(endpoint));
    }
    this.#server = server;
    return server;
  }

  #assertAllBound(): void {
    const [first, ...others] = this.#application?.unbound ?? [];
    if (!first) return;
    const more = others.length > 0 ? ` (and ${others.map(({ name }) => name).join(', ')})` : '';
    throw new ConfigurationError(
      `${first.name}${more} is pinned to ${transportName(first.transport)}, and no connection of this application is ` +
        `one: '${this.service}' is on ${this.#connection.scheme}:. Remove the transport from the decorator, or connect one`,
    );
  }

  #useHooks(): void {
    this.#handlers.hooks = (context: RookeryContext, run) => {
      const end = (): void => this.onProcessingEndHook?.(this.transportId, context);
      this.onProcessingStartHook(this.transportId, context, () => run(end));
    };
  }
}
