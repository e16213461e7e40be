import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { InvalidMessageException } from '@nestjs/microservices/errors/invalid-message.exception.js';
import {
  assertPolicies,
  Client,
  ClientClosed,
  currentRuntime,
  DEFAULT_TIMEOUT,
  METADATA_HEADER,
  resolveClient,
  type Answer,
  type ConnectionOptions,
  type Pattern,
  type PolicyDescription,
  type PolicyEvent,
  type PolicyListener,
  type Runtime,
  type Transport,
  type TransportState,
} from '@rookery/core';
import { Observable, throwError } from 'rxjs';
import { Connection } from '../connection/connection.js';
import { importPackage } from '../connection/import-package.js';
import { StatusListeners, type RookeryEvents, type RookeryStatus } from '../connection/status.js';
import { accepted } from './accepted.js';
import type { ClientSettings, RookeryClientOptions } from './options.js';
import { patternsOf } from './patterns.js';
import { readRecord, type MessageOptions } from './record.js';

/** A client's share of a connection that a module owns. @internal */
export interface SharedConnection {
  readonly connection: Connection;
  /** What the module sets for all its clients. */
  readonly module: ClientSettings & ConnectionOptions;
}

/**
 * Nest's `ClientProxy` over Rookery: `send` and `emit` keep their meaning, `request` and `stream` do the same without
 * RxJS. It connects when first used, and comes back by itself.
 *
 *     ClientsModule.register([{ name: 'MATH_SERVICE', customClass: RookeryClient,
 *       options: { to: 'math', url: 'tcp://127.0.0.1:3001' } }]);
 */
export class RookeryClient extends ClientProxy<RookeryEvents, string> {
  readonly #options: RookeryClientOptions;
  readonly #connection: Connection;
  readonly #listeners = new StatusListeners();
  /** Whether closing this client closes the connection. */
  readonly #owner: boolean;
  readonly #watching = new Set<PolicyListener>();
  readonly #module: SharedConnection['module'] | undefined;
  #opening: Promise<Client> | undefined;
  #client: Client | undefined;
  #transport: Transport | undefined;
  #closed = false;
  #hooked = false;
  #elsewhere: WeakMap<Runtime, RookeryClient> | undefined;

  /** @throws ConfigurationError when the options cannot work */
  constructor(options: RookeryClientOptions & Partial<SharedConnection> = {}) {
    super();
    const { patterns, module } = options;
    this.#options = { ...options, patterns: patternsOf(patterns, module?.patterns) };
    this.#module = module;
    assertPolicies(this.#options);
    this.#owner = options.connection === undefined;
    const where = options.to ? `RookeryClient({ to: '${options.to}' })` : 'RookeryClient({ … })';
    this.#connection =
      options.connection ?? new Connection(resolveClient(options, options.from, where, importPackage));
  }

  /** How the connection is doing, from its latest change on. */
  override get status(): Observable<RookeryStatus> {
    return super.status as Observable<RookeryStatus>;
  }

  /**
   * Connects, and resolves when the target can be reached; not needed before a call.
   *
   * @throws Unavailable when that takes longer than the client's `timeout`, with why
   */
  async connect(): Promise<void> {
    const here = this.#here();
    if (here !== this) return here.connect();
    const { to, timeout = this.#module?.timeout ?? DEFAULT_TIMEOUT } = this.#options;
    await this.#open();
    const transport = await this.#connection.transport();
    if (to !== undefined) await transport.reach({ service: to }, timeout);
  }

  /** Fails the calls that are open, and lets go of the connection. Idempotent. */
  async close(): Promise<void> {
    const here = this.#here();
    if (here !== this) return here.close();
    this.#closed = true;
    if (this.#opening) (await this.#opening.catch(() => undefined))?.close();
    if (this.#owner) await this.#connection.close();
  }

  /**
   * Sends a request when subscribed to, gives its values and ends; unsubscribing cancels it. Data that is an async
   * iterable or an Observable is an upload: its items are sent as the handler reads them.
   *
   * As with stock clients a handler that returned nothing ends it without a value, and `null` or `undefined` as data
   * is an InvalidMessageException.
   */
  override send<TResult = unknown, TInput = unknown>(pattern: Pattern, data: TInput): Observable<TResult> {
    if (isNil(pattern) || isNil(data)) return throwError(() => new InvalidMessageException());
    const here = this.#here();
    if (here !== this) return here.send(pattern, data);
    return new Observable<TResult>((observer) => {
      const begin = (client: Client): (() => void) => {
        const record = this.#dispatch(pattern, data);
        return client.observe(pattern, record.data, record.options, {
          next: (value) => observer.next(this.serializeResponse(value) as TResult),
          complete: () => observer.complete(),
          error: (error) => observer.error(this.serializeError(error)),
        });
      };
      if (this.#client) return begin(this.#client);
      let cancel: (() => void) | undefined;
      this.#open()
        .then((client) => {
          if (!observer.closed) cancel = begin(client);
        })
        .catch((error: unknown) => observer.error(error));
      return () => cancel?.();
    });
  }

  /**
   * Emits an event at once, to the target if this client has one, else to every subscribing service. The result says
   * when it was accepted; a refusal that nobody is subscribed to is logged.
   */
  override emit<TResult = unknown, TInput = unknown>(pattern: Pattern, data: TInput): Observable<TResult> {
    if (isNil(pattern) || isNil(data)) return throwError(() => new InvalidMessageException());
    const here = this.#here();
    if (here !== this) return here.emit(pattern, data);
    const record = this.#dispatch(pattern, data);
    const emitted = this.#open().then((client) => client.emit(pattern, record.data, record.options));
    const event = typeof pattern === 'object' ? JSON.stringify(pattern) : pattern;
    return accepted(emitted, (error) => {
      this.#connection.logger.error(`the event ${event} was not accepted: ${String(error)}`);
    }) as Observable<TResult>;
  }

  /**
   * Sends a request and resolves with its answer: the first value, or `undefined` if the handler returned nothing.
   *
   * @param data plain data, or a record
   */
  request<TResult = unknown>(pattern: Pattern, data?: unknown, options?: MessageOptions): Promise<TResult> {
    const here = this.#here();
    if (here !== this) return here.request(pattern, data, options);
    if (!this.#client) return this.#open().then(() => this.request<TResult>(pattern, data, options));
    const record = this.#dispatch(pattern, data, options);
    return this.#client.request(pattern, record.data, record.options) as Promise<TResult>;
  }

  /** As {@link RookeryClient.request}, and says whether the service or a fallback has answered. */
  async answer<TResult = unknown>(
    pattern: Pattern,
    data?: unknown,
    options?: MessageOptions,
  ): Promise<Answer<TResult>> {
    const here = this.#here();
    if (here !== this) return here.answer(pattern, data, options);
    const client = this.#client ?? (await this.#open());
    const record = this.#dispatch(pattern, data, options);
    return client.answer(pattern, record.data, record.options) as Promise<Answer<TResult>>;
  }

  /**
   * The policies that a call passes, in their order, the first outermost: each with its values and where they were set.
   *
   * @param service default: the client's target
   */
  async describe(pattern?: Pattern, service?: string): Promise<PolicyDescription[]> {
    const here = this.#here();
    if (here !== this) return here.describe(pattern, service);
    const client = this.#client ?? (await this.#open());
    return client.describe(pattern, service);
  }

  /** Calls `listener` with what happens to the policies, a breaker that opens for one, until the returned function is called. */
  watchPolicies(listener: PolicyListener): () => void {
    this.#watching.add(listener);
    return () => this.#watching.delete(listener);
  }

  /** Sends a request at the first pull and gives its values as they are pulled; leaving the loop cancels the rest. */
  async *stream<TResult = unknown>(
    pattern: Pattern,
    data?: unknown,
    options?: MessageOptions,
  ): AsyncGenerator<TResult, void, undefined> {
    const here = this.#here();
    if (here !== this) return yield* here.stream(pattern, data, options);
    const client = this.#client ?? (await this.#open());
    const record = this.#dispatch(pattern, data, options);
    yield* client.stream(pattern, record.data, record.options) as AsyncIterable<TResult>;
  }

  /**
   * Publishes an event to every subscribing service, whether or not this client has a target.
   *
   * @internal for {@link RookeryBus}
   */
  async publishEvent(
    pattern: Pattern,
    data: unknown,
    options?: MessageOptions,
  ): Promise<'stored' | 'memory'> {
    const here = this.#here();
    if (here !== this) return here.publishEvent(pattern, data, options);
    const client = this.#client ?? (await this.#open());
    const record = this.#dispatch(pattern, data, options);
    return client.publish(pattern, record.data, record.options);
  }

  /** Nothing to do here: replies need no subscription. Kept so that code written for Kafka runs. */
  subscribeToResponseOf(pattern: Pattern): void {
    const text = typeof pattern === 'object' ? JSON.stringify(pattern) : pattern;
    this.#connection.logger.debug(
      `subscribeToResponseOf(${text}) is not needed with Rookery and does nothing`,
    );
  }

  /** Calls `callback` at each change to the status that `event` names. */
  override on<Event extends keyof RookeryEvents>(event: Event, callback: RookeryEvents[Event]): void {
    this.#listeners.on(event, callback);
  }

  /** The transport's native object. */
  unwrap<T>(): T {
    if (!this.#transport) throw new Error('call connect() before unwrap()');
    return this.#transport.unwrap() as T;
  }

  /** Calls `hook` with every outgoing packet; it may set `packet.metadata`, which the handler's context gives. Nest 12. */
  override setOnDispatchHook(hook: (packet: ReadPacket) => void): void {
    super.setOnDispatchHook(hook);
    this.#hooked = true;
  }

  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const subscription = this.send(packet.pattern as Pattern, packet.data as unknown).subscribe({
      next: (response) => callback({ response }),
      error: (err: unknown) => callback({ err, isDisposed: true }),
      complete: () => callback({ isDisposed: true }),
    });
    return () => subscription.unsubscribe();
  }

  protected async dispatchEvent<T = unknown>(packet: ReadPacket): Promise<T> {
    const client = await this.#open();
    return (await client.emit(packet.pattern as Pattern, packet.data)) as T;
  }

  /** The data and the options of a message: those given with the call beat the record's, and the dispatch hook adds its metadata. */
  #dispatch(
    pattern: Pattern,
    value: unknown,
    given?: MessageOptions,
  ): { data: unknown; options: MessageOptions } {
    const { scheme, logger } = this.#connection;
    let record = readRecord(value, scheme, logger);
    if (given) record = { data: record.data, options: { ...record.options, ...given } };
    if (!this.#hooked) return record;
    const packet = this.createPacket(pattern, record.data) as ReadPacket & { metadata?: unknown };
    if (packet.metadata === undefined) return record;
    const headers = { ...record.options.headers, [METADATA_HEADER]: JSON.stringify(packet.metadata) };
    return { data: record.data, options: { ...record.options, headers } };
  }

  /**
   * This client, or its like in the runtime that was lent to the caller: `ClientsModule.register` makes a client when a
   * module is declared, before anybody could lend it one, and every application with that module gets the same.
   */
  #here(): RookeryClient {
    const runtime = currentRuntime();
    if (runtime === this.#connection.runtime || !runtime.transport || !this.#owner) return this;
    this.#elsewhere ??= new WeakMap();
    let client = this.#elsewhere.get(runtime);
    if (!client) {
      client = new RookeryClient(this.#options);
      client.watchPolicies((event) => this.#tell(event));
      if (this.onDispatchHook) client.setOnDispatchHook(this.onDispatchHook);
      this.#elsewhere.set(runtime, client);
    }
    return client;
  }

  #tell(event: PolicyEvent): void {
    for (const listener of this.#watching) listener(event);
  }

  #open(): Promise<Client> {
    this.#opening ??= this.#make().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #make(): Promise<Client> {
    if (this.#closed) throw new ClientClosed('the client is closed', { recourse: 'terminal' });
    const transport = await this.#connection.transport();
    this.#transport = transport;
    const announce = (state: TransportState): void => this._status$.next(this.#listeners.announce(state));
    announce(transport.state);
    transport.watch(announce);
    const from = this.#options.from ?? this.#connection.service;
    const { codec, runtime } = this.#connection;
    const { clock, random, deadlines } = runtime;
    const { logger } = this.#connection;
    const client = new Client({
      ...{ ...this.#options, transport, clock, random, deadlines, codec, logger, from },
      telemetry: this.#options.telemetry ?? this.#module?.telemetry,
      acceptStack: this.#options.acceptStack ?? this.#module?.acceptStack,
      uploadBuffer: this.#options.uploadBuffer ?? this.#module?.uploadBuffer,
    });
    client.watch((event) => this.#tell(event));
    this.#client = client;
    return client;
  }
}

function isNil(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
