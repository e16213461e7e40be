import {
  atMost,
  ClientClosed,
  ConnectionLost,
  Deadlines,
  Mailbox,
  ObservedState,
  QueueFull,
  Unavailable,
  type Call,
  type Capabilities,
  type DeadLetterLog,
  type Lag,
  type Message,
  type Publication,
  type PublishOutcome,
  type ReplySink,
  type RequestHandler,
  type RookeryError,
  type Subscriber,
  type Subscription,
  type SubscriptionControl,
  type Target,
  type Transport,
  type TransportHost,
  type TransportState,
} from '@rookery/core';
import { Link } from './connection/link.js';
import { describe, SCHEME, type RabbitmqDescription } from './describe.js';
import { DeadLetterStream } from './events/dead-letter-stream.js';
import { EventEndpoints } from './events/event-endpoints.js';
import { Exchanges } from './events/exchanges.js';
import { Publisher } from './events/publisher.js';
import { publishAll } from './events/publish-all.js';
import { lagOf } from './lag.js';
import { OwnRecordOptions } from './message/record-options.js';
import { SizeLimit } from './message/size-limit.js';
import { Names } from './names/names.js';
import { StockWire } from './nest-wire/stock-wire.js';
import type { Settings } from './options.js';
import type { Scope } from './scope.js';
import { Declarations } from './topology/declarations.js';
import { allTiers, exchanges } from './topology/of-events.js';
import { requests } from './topology/of-requests.js';
import { FrameChannel } from './requests/frame-channel.js';
import { RequestIntake } from './requests/request-intake.js';

/**
 * Requests and events over RabbitMQ. What is published goes over one connection and what is consumed comes over another, so that a
 * broker that holds up publishers does not hold up acknowledgements.
 */
export class RabbitmqTransport implements Transport {
  readonly scheme = SCHEME;
  readonly capabilities: Capabilities;
  readonly #settings: Settings;
  readonly #host: TransportHost;
  readonly #names: Names;
  readonly #scope: Scope;
  readonly #mailbox: Mailbox;
  readonly #out: Link;
  readonly #in: Link;
  readonly #frames: FrameChannel;
  readonly #publisher: Publisher;
  readonly #stock: StockWire;
  readonly #state = new ObservedState();
  readonly #events: EventEndpoints;
  readonly #letters: DeadLetterStream[] = [];
  #service: string | undefined;
  #intake: RequestIntake | undefined;
  #serving = false;
  #opening: Promise<void> | undefined;
  #quiescing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: Settings, host: TransportHost) {
    this.#settings = settings;
    this.#host = host;
    this.#names = new Names(settings.prefix);
    const declarations = new Declarations(settings.topology, host.logger);
    this.#scope = {
      settings,
      host,
      names: this.#names,
      declarations,
      records: new OwnRecordOptions(host.logger),
      sizes: new SizeLimit(settings.maxMessageSize),
    };
    this.capabilities = {
      maxBody: settings.maxBody,
      acceptance: 'stored',
      direct: false,
      wildcards: true,
      delay: true,
      deadLetters: true,
      uploads: true,
    };
    const listener = {
      up: () => this.#up(),
      down: (cause: RookeryError) => this.#down(cause),
      alarm: () => this.#alarm(),
    };
    this.#out = new Link(settings, host, 'out', listener);
    this.#in = new Link(settings, host, 'in', listener);
    this.#frames = new FrameChannel(this.#scope, this.#out, {
      callsUnderWay: () => this.#mailbox.callsUnderWay,
      receive: (frame) => this.#mailbox.receive(frame),
      interrupted: (cause) => {
        this.#mailbox.callsInterrupted(lost(cause));
        this.#mailbox.workInterrupted(lost(cause));
      },
    });
    this.#publisher = new Publisher(this.#scope, this.#out);
    this.#events = new EventEndpoints(this.#scope, this.#publisher);
    this.#stock = new StockWire(this.#scope, this.#out, this.#publisher);
    this.#mailbox = new Mailbox(this.#frames, this.#names.inbox(host.replica), new Deadlines(host.clock));
  }

  get state(): TransportState {
    return this.#state.current;
  }

  watch(listener: (state: TransportState) => void): () => void {
    return this.#state.watch(listener);
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    if (this.state.status === 'closed')
      return this.#lose(sink, new ClientClosed('the transport is closed', { recourse: 'terminal' }));
    this.#out.start();
    const { refusal } = this.#out;
    if (refusal) return this.#lose(sink, refusal);
    if (this.#stock.calls(target.service)) return this.#stock.request(target.service, message, credit, sink);
    if (this.#frames.waiting >= this.#settings.maxWaiting) {
      const { waiting } = this.#frames;
      return this.#lose(
        sink,
        new QueueFull(`${waiting} requests already wait for RabbitMQ${this.#why()}; this one was refused`),
      );
    }
    if (target.replica === undefined) return this.#mailbox.request(target, message, credit, sink);
    const replica = this.#names.inbox(target.replica);
    return this.#mailbox.request({ ...target, replica }, message, credit, sink);
  }

  async publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    this.#out.start();
    const { refusal: error } = this.#out;
    if (error) return publications.map(() => ({ status: 'refused', error }));
    return publishAll(publications, this.#publisher, this.#stock, this.#scope);
  }

  serve(service: string, handler: RequestHandler, patterns: readonly string[] = []): void {
    this.#service = service;
    this.#stock.serve(handler, patterns);
    this.#events.expect(service);
    this.#mailbox.serve(handler);
  }

  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return this.#stock.join(this.#events.add(subscription, subscriber), subscription, subscriber);
  }

  deadLetters(service: string): DeadLetterLog {
    const letters = new DeadLetterStream(service, this.#scope, this.#publisher);
    this.#letters.push(letters);
    return letters;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    if (this.state.status === 'draining' || this.state.status === 'closed') return;
    const { startTimeout } = this.#settings;
    this.#serving = true;
    this.#in.add(new Exchanges(this.#scope, () => this.describe().topology));
    // Before there are events that may fail.
    for (const letters of this.#kept) this.#in.add(letters);
    for (const tenant of this.#events.tenants) this.#in.add(tenant);
    if (this.#service !== undefined) {
      this.#intake = new RequestIntake(this.#scope, this.#service, {
        receive: (frame) => this.#mailbox.receive(frame),
        interrupted: (cause) => this.#mailbox.workInterrupted(lost(cause)),
      });
      this.#in.add(this.#intake);
    }
    this.#stock.open(this.#service, this.#in);
    this.#out.start();
    this.#in.start();
    await this.#reached(startTimeout);
  }

  async reach(_target: Target, timeout = Infinity): Promise<void> {
    if (this.state.status === 'closed')
      throw new ClientClosed('the transport is closed', { recourse: 'terminal' });
    this.#out.start();
    await this.#reached(timeout);
  }

  quiesce(): Promise<void> {
    this.#quiescing ??= this.#quiesce();
    return this.#quiescing;
  }

  async #quiesce(): Promise<void> {
    const consumers = [...this.#events.tenants, ...(this.#intake ? [this.#intake] : []), this.#stock];
    const drained = Promise.allSettled(consumers.map((each) => each.drain()));
    await atMost(this.#host.clock, this.#settings.closeTimeout, drained);
    this.#state.set({ status: 'draining' });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock } = this.#host;
    const { closeTimeout } = this.#settings;
    await this.quiesce();
    this.#state.set({ status: 'closed' });
    await atMost(clock, closeTimeout, this.#stock.settled());
    this.#stock.close();
    for (const letters of this.#letters) letters.stop();
    await atMost(clock, closeTimeout, Promise.allSettled([this.#mailbox.close(), this.#publisher.close()]));
    this.#publisher.abandon();
    await atMost(clock, closeTimeout, Promise.allSettled([this.#in.close(), this.#out.close()]));
  }

  async lag(): Promise<readonly Lag[]> {
    const { model } = this.#in;
    if (!model) throw new Unavailable(`RabbitMQ cannot be asked what waits${this.#why()}`);
    const { sources } = this.#events;
    const service = this.#service;
    if (service !== undefined)
      sources.unshift({ service, of: 'requests', queue: this.#names.requests(service), lastSent: undefined });
    return lagOf(sources, model, this.#host.clock);
  }

  describe(): RabbitmqDescription {
    const own = this.#service === undefined ? [] : requests(this.#names.requests(this.#service));
    const { items, own: always } = this.#events;
    const tiers = items.length === 0 ? [] : allTiers(this.#names);
    const letters = this.#kept.flatMap((each) => each.items);
    return describe(
      this.#settings,
      [...exchanges(this.#names), ...tiers, ...own, ...items, ...letters],
      always,
    );
  }

  /** The two connections of amqplib, as far as they are there: `{ out, in }`. */
  unwrap(): unknown {
    return { out: this.#out.model, in: this.#in.model };
  }

  /** Who handles no events gives none up. */
  get #kept(): readonly DeadLetterStream[] {
    return this.#events.sources.length > 0 ? this.#letters : [];
  }

  #up(): void {
    if (this.#out.up && (this.#in.up || !this.#serving) && this.state.status === 'connecting')
      this.#state.set({ status: 'ready', blocked: this.#blocked });
  }

  #alarm(): void {
    if (this.state.status === 'ready') this.#state.set({ status: 'ready', blocked: this.#blocked });
  }

  get #blocked(): string | undefined {
    return this.#out.blocked ?? this.#in.blocked;
  }

  #down(cause: RookeryError): void {
    if (this.state.status !== 'draining') this.#state.set({ status: 'connecting', cause });
  }

  /** @throws what stands in the way, at once when more time would not help */
  #reached(timeout: number): Promise<void> {
    if (this.state.status === 'ready') return Promise.resolve();
    const { clock } = this.#host;
    return new Promise((resolve, reject) => {
      const done = (state: TransportState): void => {
        const cause = this.#out.refusal ?? this.#in.refusal;
        if (state.status === 'connecting' && !cause) return;
        timer?.cancel();
        unwatch();
        if (cause) reject(cause);
        else if (state.status === 'closed') reject(new ClientClosed('the transport was closed'));
        else resolve();
      };
      const unwatch = this.#state.watch(done);
      const late = (): void => {
        unwatch();
        reject(new Unavailable(`no connection to RabbitMQ within ${timeout} ms${this.#why()}`));
      };
      const timer = timeout === Infinity ? undefined : clock.after(timeout, late);
    });
  }

  #why(): string {
    const { state } = this;
    const why = this.#out.blocked ?? (state.status === 'connecting' ? state.cause?.message : undefined);
    return why === undefined ? '' : `: ${why}`;
  }

  #lose(sink: ReplySink, error: RookeryError): Call {
    let wanted = true;
    this.#host.clock.defer(() => {
      if (wanted) sink.lost(error);
    });
    return { sent: false, credit() {}, cancel: () => void (wanted = false) };
  }
}

function lost(cause: RookeryError): ConnectionLost {
  return new ConnectionLost(`${cause.message}; the request may have been handled`, { cause });
}
