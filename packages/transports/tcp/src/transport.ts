import type { Socket } from 'node:net';
import {
  type Call,
  type Capabilities,
  ClientClosed,
  ConfigurationError,
  type Message,
  ObservedState,
  type Publication,
  type PublishOutcome,
  type ReplySink,
  type RequestHandler,
  type RookeryError,
  type Subscriber,
  type Subscription,
  type Target,
  type Transport,
  type TransportDescription,
  type TransportHost,
  type TransportState,
} from '@rookery/core';
import { BufferPool } from './buffer-pool.js';
import { ClientCall } from './client-call.js';
import type { ConnectionScope } from './connection.js';
import { describe } from './describe.js';
import type { Welcome } from './frames/handshake.js';
import { Listener } from './listener.js';
import type { Settings } from './options.js';
import { RemoteService } from './remote-service.js';
import type { Served } from './server-connection.js';

/** Requests and events straight from service to service; see PROTOCOL.md for what travels. */
export class TcpTransport implements Transport, Served {
  readonly scheme = 'tcp';
  readonly capabilities: Capabilities;
  readonly #settings: Settings;
  readonly #host: TransportHost;
  readonly #scope: ConnectionScope;
  readonly #services = new Map<string, RemoteService>();
  readonly #listener: Listener | undefined;
  readonly #state = new ObservedState();
  #service: string | undefined;
  #handler: RequestHandler | undefined;
  #phase: 'new' | 'open' | 'draining' | 'closed' = 'new';
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: Settings, host: TransportHost) {
    this.#settings = settings;
    this.#host = host;
    this.#service = host.service;
    const { maxBody } = settings;
    this.capabilities = { maxBody, acceptance: 'memory', direct: true, wildcards: true, delay: true };
    const { clock, logger } = host;
    this.#scope = { settings, clock, logger, pool: new BufferPool(), sockets: new Set<Socket>() };
    for (const [name, addresses] of settings.services) {
      const service = new RemoteService(name, addresses, host, host.random, this.#scope, () =>
        this.#refresh(),
      );
      this.#services.set(name, service);
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
    return { service: this.#service, replica: this.#host.replica, maxFrame, maxBody, subscriptions: [] };
  }

  watch(listener: (state: TransportState) => void): () => void {
    return this.#state.watch(listener);
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const service = this.#services.get(target.service);
    if (service) return service.request(message, target.replica, credit, sink);
    return new ClientCall(message, undefined, credit, sink).refuse(this.#unknown(target.service));
  }

  publish(_publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    throw new Error('not yet');
  }

  serve(service: string, handler: RequestHandler): void {
    this.#service = service;
    this.#handler = handler;
  }

  subscribe(_subscription: Subscription, _subscriber: Subscriber): void {}

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async reach(target: Target): Promise<void> {
    const service = this.#services.get(target.service);
    if (!service) throw this.#unknown(target.service);
    await service.reach();
  }

  async quiesce(): Promise<void> {
    if (this.#phase === 'closed') return;
    this.#phase = 'draining';
    this.#listener?.drain();
    this.#state.set({ status: 'draining' });
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
    this.#refresh();
  }

  async #close(): Promise<void> {
    await this.quiesce();
    this.#phase = 'closed';
    const { sockets, clock, settings } = this.#scope;
    const timer = clock.after(settings.closeTimeout, () => {
      for (const socket of sockets) socket.destroy();
    });
    for (const service of this.#services.values()) service.close();
    await this.#listener?.close();
    await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    timer.cancel();
    this.#state.set({ status: 'closed' });
  }

  /** Ready when what is wanted is connected and, on a side that listens, the port is taken. */
  #refresh(): void {
    if (this.#phase === 'draining' || this.#phase === 'closed') return;
    const services = [...this.#services.values()];
    const trying = services.filter(({ trying }) => trying);
    const ready = this.#listener ? this.#phase === 'open' : services.some(({ live }) => live);
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
