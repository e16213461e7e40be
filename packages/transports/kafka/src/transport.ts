import {
  ClientClosed,
  Deadlines,
  isRookeryError,
  Mailbox,
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
import { atMost } from './connection/at-most.js';
import { backoff } from './connection/backoff.js';
import { Cluster, type Surroundings } from './connection/cluster.js';
import { unavailable } from './connection/failure.js';
import { Health } from './connection/health.js';
import { Lifetime } from './connection/lifetime.js';
import { describeTransport, SCHEME, type KafkaDescription } from './describe.js';
import { Broadcasts } from './events/broadcasts.js';
import { DeadLetters } from './events/dead-letters.js';
import { Endpoint } from './events/endpoint.js';
import { GroupEvents } from './events/group-events.js';
import { publish } from './events/publishing.js';
import type { Settings } from './options.js';
import { NativeProducer } from './produce/native-producer.js';
import { Outgoing } from './produce/outgoing.js';
import { replicaAddress } from './requests/addresses.js';
import { KafkaMedium } from './requests/medium.js';
import { Replies } from './requests/replies.js';
import { Requests } from './requests/requests.js';
import { REPLIES, requestsTopic } from './topics/names.js';
import { Topics } from './topics/topics.js';

/** Requests, streams and events over Kafka; docs/kafka.md says which topics and groups there are. */
export class KafkaTransport implements Transport {
  readonly scheme = SCHEME;
  readonly capabilities: Capabilities;
  readonly #settings: Settings;
  readonly #host: TransportHost;
  readonly #surroundings: Surroundings;
  readonly #health: Health;
  readonly #lifetime: Lifetime;
  readonly #cluster: Cluster;
  readonly #topics: Topics;
  readonly #frames: Outgoing;
  readonly #events: Outgoing;
  readonly #mailbox: Mailbox;
  readonly #address: string;
  readonly #endpoints: Endpoint[] = [];
  readonly #logs: DeadLetters[] = [];
  readonly #consumers: (GroupEvents | Broadcasts)[] = [];
  #replies: Replies | undefined;
  #requests: Requests | undefined;
  #service: string | undefined;
  #connecting: Promise<void> | undefined;
  /** Why it will never connect. */
  #broken: RookeryError | undefined;
  #opening: Promise<void> | undefined;
  #quiescing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: Settings, host: TransportHost) {
    this.#settings = settings;
    this.#host = host;
    this.capabilities = {
      maxBody: settings.maxBody,
      acceptance: 'stored',
      direct: false,
      wildcards: true,
      delay: true,
      deadLetters: true,
      uploads: true,
    };
    const { clock, random, logger } = host;
    this.#surroundings = { settings, clock, random, logger };
    this.#health = new Health(logger);
    this.#lifetime = new Lifetime(clock);
    this.#cluster = new Cluster(this.#surroundings);
    this.#topics = new Topics(this.#cluster, this.#lifetime);
    this.#frames = new Outgoing('frames', this.#cluster, this.#topics, this.#health, this.#lifetime);
    this.#events = new Outgoing('events', this.#cluster, this.#topics, this.#health, this.#lifetime);
    this.#address = `${host.replica}/${random.token(8)}`;
    const medium = new KafkaMedium(this.#frames, clock, (frame) => this.#mailbox.receive(frame));
    this.#mailbox = new Mailbox(medium, this.#address, new Deadlines(clock));
  }

  get state(): TransportState {
    return this.#health.current;
  }

  watch(listener: (state: TransportState) => void): () => void {
    return this.#health.watch(listener);
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    if (this.#closing)
      return this.#lose(sink, new ClientClosed('the transport is closed', { recourse: 'terminal' }));
    const { maxWaiting } = this.#settings;
    if (this.#frames.waiting >= maxWaiting)
      return this.#lose(sink, new QueueFull(`${maxWaiting} messages already wait to be sent to the brokers`));
    this.#beginConnecting();
    if (this.#broken) return this.#lose(sink, this.#broken);
    const { service, replica } = target;
    const to = replica === undefined ? target : { service, replica: replicaAddress(service, replica) };
    return this.#mailbox.request(to, message, credit, sink);
  }

  publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    const closed = this.#closing && new ClientClosed('the transport is closed', { recourse: 'terminal' });
    const error = closed ?? this.#broken;
    if (error) {
      return Promise.resolve(publications.map(() => ({ status: 'refused', error })));
    }
    this.#beginConnecting();
    const { clock } = this.#host;
    return Promise.all(publications.map((one) => publish(one, this.#events, clock, this.#settings)));
  }

  serve(service: string, handler: RequestHandler): void {
    this.#service = service;
    this.#mailbox.serve(handler);
  }

  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    const endpoint = new Endpoint(subscription, subscriber);
    this.#endpoints.push(endpoint);
    return endpoint;
  }

  deadLetters(service: string): DeadLetterLog {
    const log = new DeadLetters(service, this.#cluster, this.#topics, this.#events, this.#health, () =>
      this.#beginConnecting(),
    );
    this.#logs.push(log);
    return log;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async reach(_target: Target, timeout?: number): Promise<void> {
    await this.#reached(this.#connect(), timeout);
  }

  quiesce(): Promise<void> {
    this.#quiescing ??= this.#quiesce();
    return this.#quiescing;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async lag(): Promise<readonly Lag[]> {
    const { state } = this;
    if (state.status !== 'ready')
      throw new Unavailable(`${this.#where} cannot be asked what waits: the transport is ${state.status}`, {
        cause: 'cause' in state ? state.cause : undefined,
      });
    const groups = this.#consumers.filter((consumer) => consumer instanceof GroupEvents);
    const lags = [this.#requests, ...groups].map(async (group) => (await group?.lag()) ?? []);
    return (await Promise.all(lags)).flat();
  }

  describe(): KafkaDescription {
    const subscriptions = this.#endpoints.map(({ subscription }) => subscription);
    return describeTransport(this.#settings, this.#service, subscriptions);
  }

  /** The client of @platformatic/kafka that knows the cluster, the pools of connections, and a producer like that of kafkajs. */
  unwrap(): unknown {
    const { acceptTimeout } = this.#settings;
    return {
      ...this.#cluster.native,
      producer: new NativeProducer(this.#events, this.#host.clock, acceptTimeout),
    };
  }

  async #open(): Promise<void> {
    await this.#reached(this.#serve(), this.#settings.openTimeout);
  }

  async #serve(): Promise<void> {
    // All at once, so that all differences are said.
    if (this.#settings.topology === 'verify')
      await this.#eventually(() => this.#topics.ensure(this.describe().topics));
    await this.#connect();
    const receive = this.#mailbox.receive.bind(this.#mailbox);
    if (this.#service !== undefined) {
      const topic = requestsTopic(this.#service);
      await this.#eventually(() => this.#topics.ensure([topic]));
      this.#requests = new Requests(this.#service, this.#cluster, this.#health, receive);
    }
    this.#consumers.push(...this.#consumersOf());
    const starts = this.#consumers.map((consumer) => this.#eventually(() => consumer.start()));
    if (!this.#lifetime.ended) await Promise.all([this.#requests?.start(), ...starts]);
    this.#health.opened();
  }

  #consumersOf(): (GroupEvents | Broadcasts)[] {
    const consumers: (GroupEvents | Broadcasts)[] = [];
    for (const [service, theirs] of Map.groupBy(
      this.#endpoints,
      ({ subscription }) => subscription.service,
    )) {
      const shared = theirs.filter(({ subscription }) => !subscription.broadcast);
      const broadcast = theirs.filter(({ subscription }) => subscription.broadcast);
      const around = [this.#cluster, this.#topics] as const;
      if (shared.length > 0)
        consumers.push(new GroupEvents(service, shared, ...around, this.#events, this.#health));
      if (broadcast.length > 0) consumers.push(new Broadcasts(service, broadcast, ...around, this.#health));
    }
    return consumers;
  }

  /** As {@link #connect}, for who does not wait for it. */
  #beginConnecting(): void {
    this.#connect().catch((error: unknown) => {
      this.#broken = isRookeryError(error) ? error : unavailable(`${this.#where} cannot be used`, error);
      this.#health.trouble('connection', this.#broken);
    });
  }

  /** Has a place for answers; until then nothing is sent. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#receiveReplies();
    return this.#connecting;
  }

  async #receiveReplies(): Promise<void> {
    const addresses = [this.#address];
    if (this.#service !== undefined) addresses.push(replicaAddress(this.#service, this.#host.replica));
    await this.#eventually(() => this.#topics.ensure([REPLIES]));
    const receive = this.#mailbox.receive.bind(this.#mailbox);
    this.#replies = new Replies(addresses, this.#cluster, this.#health, receive);
    await this.#eventually(async () => await this.#replies?.start());
    if (this.#lifetime.ended) return;
    this.#frames.begin();
    this.#events.begin();
    if (!this.#opening) this.#health.opened();
  }

  /** Tries until it works or the transport is closed. What can never work is thrown. */
  async #eventually(step: () => Promise<void>): Promise<void> {
    for (let failures = 1; !this.#lifetime.ended; failures++) {
      try {
        await step();
        this.#health.well('connection');
        return;
      } catch (error) {
        if (isTerminal(error)) throw error;
        this.#cluster.forget();
        this.#health.trouble('connection', unavailable(`${this.#where} cannot be reached`, error));
        await this.#lifetime.pause(backoff(this.#settings.reconnect, failures, this.#host.random));
      }
    }
  }

  async #reached(work: Promise<void>, timeout: number | undefined): Promise<void> {
    let done = false;
    const watched = work.then(() => (done = true));
    await (timeout === undefined ? watched : atMost(this.#host.clock, timeout, watched));
    if (done) return;
    const { state } = this;
    const cause = 'cause' in state ? state.cause : undefined;
    throw cause ?? new Unavailable(`${this.#where} did not answer in ${timeout} ms`);
  }

  get #where(): string {
    return this.describe().addresses.join(', ');
  }

  async #quiesce(): Promise<void> {
    this.#health.end('draining');
    for (const consumer of this.#consumers) consumer.quiesce();
    await this.#requests?.stop();
  }

  async #close(): Promise<void> {
    const { clock } = this.#host;
    await this.quiesce();
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    const last = async (): Promise<void> => {
      await this.#mailbox.close();
      await Promise.all([this.#frames.flushed(), this.#events.flushed()]);
    };
    await atMost(clock, this.#settings.closeTimeout, last());
    this.#lifetime.end();
    await Promise.all([this.#frames.cut(), this.#events.cut()]);
    await this.#replies?.stop();
    await Promise.all(this.#logs.map((log) => log.stop()));
    await this.#cluster.close();
    this.#health.end('closed');
  }

  #lose(sink: ReplySink, error: RookeryError): Call {
    let wanted = true;
    this.#host.clock.defer(() => {
      if (wanted) sink.lost(error);
    });
    return { sent: false, credit() {}, cancel: () => void (wanted = false) };
  }
}

function isTerminal(error: unknown): boolean {
  return isRookeryError(error) && error.recourse === 'terminal';
}
