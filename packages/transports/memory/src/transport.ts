import {
  ClientClosed,
  Deadlines,
  Mailbox,
  ObservedState,
  QueueFull,
  Unavailable,
  type Call,
  type Capabilities,
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
  type TransportDescription,
  type TransportHost,
  type TransportState,
} from '@rookery/core';
import type { Bus } from './bus.js';
import { busOf } from './buses.js';
import { describeBus, SCHEME } from './describe.js';
import type { Consumer, Entry } from './event-queue.js';
import type { Member } from './member.js';
import type { Settings } from './options.js';
import { Turns } from './turns.js';

interface Subscribed {
  readonly subscription: Subscription;
  readonly consumer: Consumer;
}

/**
 * Everything in one process, over a bus that all transports of one name share. Bodies are encoded and nothing is shared by
 * reference, so that what works here works when the services are split over a wire. Nothing is delivered in the turn of
 * the one who sent it.
 */
export class MemoryTransport implements Transport {
  readonly scheme = SCHEME;
  readonly capabilities: Capabilities;
  readonly #host: TransportHost;
  readonly #settings: Settings;
  readonly #bus: Bus;
  readonly #mailbox: Mailbox;
  readonly #member: Member;
  readonly #state = new ObservedState();
  readonly #subscribed: Subscribed[] = [];
  #service: string | undefined;
  #opened = false;
  #closing: Promise<void> | undefined;

  constructor(settings: Settings, host: TransportHost) {
    this.#host = host;
    this.#settings = settings;
    this.#bus = busOf(settings.bus);
    const { maxBody } = settings;
    this.capabilities = {
      maxBody,
      acceptance: 'memory',
      direct: false,
      wildcards: true,
      delay: true,
      deadLetters: false,
      uploads: true,
    };
    const { clock, replica } = host;
    const address = this.#bus.address(replica);
    const mailbox = new Mailbox(this.#bus.medium(clock), address, new Deadlines(clock));
    this.#mailbox = mailbox;
    const turns = new Turns(clock);
    this.#member = { address, replica, clock, turns, receive: (frame) => mailbox.receive(frame) };
  }

  get state(): TransportState {
    return this.#state.current;
  }

  watch(listener: (state: TransportState) => void): () => void {
    return this.#state.watch(listener);
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const requests = this.#bus.requests(target.service);
    if (!this.#join())
      return this.#lose(sink, new ClientClosed('the transport is closed', { recourse: 'terminal' }));
    if (target.replica === undefined) {
      if (requests.size < this.#settings.maxWaiting)
        return this.#mailbox.request(target, message, credit, sink);
      const why = `${requests.size} requests already wait for '${target.service}'; this one was refused`;
      return this.#lose(sink, new QueueFull(why));
    }
    const replica = requests.find(target.replica)?.address;
    if (replica !== undefined) return this.#mailbox.request({ ...target, replica }, message, credit, sink);
    return this.#lose(
      sink,
      new Unavailable(`'${target.service}' has no replica ${target.replica} here; never sent`),
    );
  }

  async publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    if (!this.#join()) {
      const error = new ClientClosed('the transport is closed', { recourse: 'terminal' });
      return publications.map(() => ({ status: 'refused', error }));
    }
    const now = this.#host.clock.now();
    return publications.map((publication) => this.#bus.publish(publication, this.#settings.maxEvents, now));
  }

  serve(service: string, handler: RequestHandler): void {
    this.#service = service;
    this.#mailbox.serve(handler);
  }

  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    const { clock } = this.#host;
    const { concurrency } = subscription;
    const consumer = {
      replica: this.#member.address,
      clock,
      turns: this.#member.turns,
      subscriber,
      concurrency,
      allowance: Infinity,
      unsettled: new Set<Entry>(),
    };
    this.#subscribed.push({ subscription, consumer });
    const allow = (deliveries: number): void => this.#bus.endpoint(subscription).allow(consumer, deliveries);
    return { pause: () => allow(0), resume: (deliveries = Infinity) => allow(deliveries) };
  }

  async open(): Promise<void> {
    if (this.#opened || this.state.status === 'draining' || !this.#join()) return;
    this.#opened = true;
    if (this.#service !== undefined) this.#bus.requests(this.#service).attach(this.#member);
    for (const { subscription, consumer } of this.#subscribed) this.#bus.subscribe(subscription, consumer);
    const here = new Set(this.#subscribed.map(({ subscription }) => subscription.service));
    if (this.#service !== undefined) here.add(this.#service);
    for (const service of here) this.#bus.arrived(service, this.#host.clock.now());
  }

  /** The bus can always be reached; whether anybody serves is for the deadline to tell. */
  async reach(): Promise<void> {
    this.#join();
  }

  async quiesce(): Promise<void> {
    if (this.#service !== undefined) this.#bus.requests(this.#service).detach(this.#member);
    for (const { subscription, consumer } of this.#subscribed)
      this.#bus.endpoint(subscription).detach(consumer);
    this.#state.set({ status: 'draining' });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.quiesce();
    this.#state.set({ status: 'closed' });
    for (const { subscription, consumer } of this.#subscribed)
      this.#bus.endpoint(subscription).release(consumer);
    await this.#mailbox.close();
    this.#bus.leave(this.#member);
  }

  describe(): TransportDescription {
    return describeBus(this.#settings.bus);
  }

  /** The bus itself. */
  unwrap(): unknown {
    return this.#bus;
  }

  /** Is on the bus from the first use on, until closed. */
  #join(): boolean {
    if (this.state.status === 'closed') return false;
    this.#bus.join(this.#member);
    if (this.state.status === 'connecting') this.#state.set({ status: 'ready' });
    return true;
  }

  #lose(sink: ReplySink, error: RookeryError): Call {
    let wanted = true;
    this.#member.turns.later(() => {
      if (wanted) sink.lost(error);
    });
    return { sent: false, credit() {}, cancel: () => void (wanted = false) };
  }
}
