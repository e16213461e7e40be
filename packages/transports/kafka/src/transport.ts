import {
  atMost,
  ClientClosed,
  ConfigurationError,
  Deadlines,
  Mailbox,
  QueueFull,
  Unavailable,
  type Call,
  type Capabilities,
  type DeadLetterLog,
  type Frame,
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
import { Attempts } from './connection/attempts.js';
import { Cluster, type Surroundings } from './connection/cluster.js';
import { Health } from './connection/health.js';
import { Lifetime } from './connection/lifetime.js';
import { describeTransport, SCHEME, type KafkaDescription } from './describe.js';
import { DeadLetters } from './events/dead-letters.js';
import { publish } from './events/publishing.js';
import { StockReplies, StockReply } from './nest-wire/stock-reply.js';
import type { Settings } from './options.js';
import { NativeProducer } from './produce/native-producer.js';
import { Outgoing } from './produce/outgoing.js';
import { replicaAddress } from './requests/addresses.js';
import { KafkaMedium } from './requests/medium.js';
import { Replies } from './requests/replies.js';
import { prepare } from './topics/prepare.js';
import { Serving } from './serving.js';
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
  readonly #attempts: Attempts;
  readonly #serving: Serving;
  readonly #stockReplies: StockReplies;
  readonly #logs: DeadLetters[] = [];
  #replies: Replies | undefined;
  #connecting: Promise<void> | undefined;
  /** Why it cannot connect, which waiting does not mend, and until when it is not tried again. */
  #broken: { readonly why: RookeryError; readonly until: number } | undefined;
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
    const { names, wires } = settings;
    const partition = (): number => this.#replies?.partition ?? 0;
    const receive = (frame: Frame): void => this.#mailbox.receive(frame);
    const medium = new KafkaMedium(this.#frames, clock, names, receive, wires.stockServices, partition);
    this.#mailbox = new Mailbox(medium, this.#address, new Deadlines(clock));
    this.#stockReplies = new StockReplies(clock);
    const [cluster, topics, health] = [this.#cluster, this.#topics, this.#health] as const;
    this.#attempts = new Attempts(cluster, health, this.#lifetime);
    const around = { host, cluster, topics, health, attempts: this.#attempts };
    this.#serving = new Serving({ ...around, outgoing: this.#events });
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
    if (this.#broken) return this.#lose(sink, this.#broken.why);
    const { service, replica } = target;
    if (this.#settings.wires.stockServices.has(service))
      return this.#requestStock(target, message, credit, sink);
    const to = replica === undefined ? target : { service, replica: replicaAddress(service, replica) };
    return this.#mailbox.request(to, message, credit, sink);
  }

  publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    const closed = this.#closing && new ClientClosed('the transport is closed', { recourse: 'terminal' });
    if (!closed) this.#beginConnecting();
    const error = closed ?? this.#broken?.why;
    if (error) {
      return Promise.resolve(publications.map(() => ({ status: 'refused', error })));
    }
    const { clock } = this.#host;
    return Promise.all(publications.map((one) => publish(one, this.#events, clock, this.#settings)));
  }

  serve(service: string, handler: RequestHandler, patterns: readonly string[] = []): void {
    this.#serving.serve(service, handler, patterns);
    this.#mailbox.serve(handler);
  }

  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return this.#serving.subscribe(subscription, subscriber);
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
      throw new Unavailable(
        `${this.#attempts.where} cannot be asked what waits: the transport is ${state.status}`,
        {
          cause: 'cause' in state ? state.cause : undefined,
        },
      );
    return await this.#serving.lag();
  }

  describe(): KafkaDescription {
    const { service, subscriptions, stockTopics } = this.#serving;
    return describeTransport(this.#settings, service, subscriptions, stockTopics);
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
      await this.#attempts.until(() => this.#topics.ensure(this.describe().topics));
    await this.#connect();
    const { topics } = this.describe();
    const { names } = this.#settings;
    // Those of retries and dead letters are made when they are needed.
    const first = topics.filter((topic) => !names.isRetries(topic) && !names.isDeadLetters(topic));
    await this.#attempts.until(() => prepare(this.#cluster, this.#topics, topics, first));
    await this.#serving.start(this.#mailbox.receive.bind(this.#mailbox));
    this.#health.opened();
  }

  /** As {@link #connect}, for who does not wait for it. */
  #beginConnecting(): void {
    if (this.#broken && !this.#opening && this.#host.clock.now() >= this.#broken.until) {
      this.#broken = undefined;
      this.#connecting = undefined;
    }
    this.#connect().catch((error: unknown) => {
      const why = this.#cluster.explain(`${this.#attempts.where} cannot be used`, error);
      this.#broken = { why, until: this.#host.clock.now() + this.#settings.reconnect.longest };
      this.#health.trouble('connection', why);
      for (const outgoing of [this.#frames, this.#events]) outgoing.refuse(why);
    });
  }

  /** Has a place for answers; until then nothing is sent. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#receiveReplies();
    return this.#connecting;
  }

  async #receiveReplies(): Promise<void> {
    const addresses = [this.#address];
    const { service } = this.#serving;
    if (service !== undefined) addresses.push(replicaAddress(service, this.#host.replica));
    const replies = [this.#settings.names.replies];
    await this.#attempts.until(() => prepare(this.#cluster, this.#topics, replies, replies));
    const receive = this.#mailbox.receive.bind(this.#mailbox);
    this.#replies = new Replies(addresses, this.#cluster, this.#health, receive, this.#stockReplies);
    await this.#attempts.until(async () => await this.#replies?.start());
    if (this.#lifetime.ended) return;
    this.#frames.begin();
    this.#events.begin();
    if (!this.#opening) this.#health.opened();
  }

  async #reached(work: Promise<void>, timeout: number | undefined): Promise<void> {
    let done = false;
    const watched = work.then(() => (done = true));
    await (timeout === undefined ? watched : atMost(this.#host.clock, timeout, watched));
    if (done) return;
    const { state } = this;
    const cause = 'cause' in state ? state.cause : undefined;
    throw cause ?? new Unavailable(`${this.#attempts.where} did not answer in ${timeout} ms`);
  }

  async #quiesce(): Promise<void> {
    this.#health.end('draining');
    await this.#serving.quiesce();
  }

  async #close(): Promise<void> {
    const { clock } = this.#host;
    await this.quiesce();
    await this.#serving.stop();
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

  /** Asks a service that is on stock Nest; the caller's deadline is the caller's alone to keep. */
  #requestStock(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const { service } = target;
    if (sink.upload) {
      const why = `'${service}' is on stock Nest, which has no uploads: send the items one by one`;
      return this.#lose(sink, new ConfigurationError(why));
    }
    const reply = new StockReply(sink, credit, message.envelope.pattern, this.#stockReplies);
    return reply.attach(this.#mailbox.request(target, message, credit, reply));
  }

  #lose(sink: ReplySink, error: RookeryError): Call {
    let wanted = true;
    this.#host.clock.defer(() => {
      if (wanted) sink.lost(error);
    });
    return { sent: false, credit() {}, cancel: () => void (wanted = false) };
  }
}
