import {
  Client,
  Deadlines,
  jsonCodec,
  Mailbox,
  MemoryDeadLetters,
  ObservedState,
  Server,
  silentLogger,
  systemClock,
  systemRandom,
  type Call,
  type Clock,
  type Delivery,
  type DeadLetterStore,
  type Frame,
  type Message,
  type Publication,
  type PublishOutcome,
  type ReplySink,
  type RequestHandler,
  type ServerOptions,
  type Settlement,
  type Subscriber,
  type Subscription,
  type SubscriptionControl,
  type Target,
  type Transport,
} from '@rookery/core';

const REPLICA = 'loop';

/** The shortest way from a client to a server of the same process: core's mailbox on `setImmediate`. */
export class Loopback implements Transport {
  readonly scheme = 'loop';
  readonly capabilities = {
    maxBody: 1_048_576,
    acceptance: 'memory',
    direct: false,
    wildcards: true,
    delay: false,
    deadLetters: false,
    uploads: true,
  } as const;
  /** How deliveries ended, in order. */
  readonly settlements: Settlement[] = [];
  readonly #state = new ObservedState();
  readonly #subscribers: { patterns: readonly string[]; subscriber: Subscriber }[] = [];
  readonly #mailbox = new Mailbox(
    {
      toService: (_, frame) => {
        this.#later(frame);
        return { taken: true, withdraw() {} };
      },
      toReplica: (_, frame) => this.#later(frame),
    },
    REPLICA,
    new Deadlines(systemClock),
  );

  get state() {
    return this.#state.current;
  }

  watch: Transport['watch'] = (listener) => this.#state.watch(listener);

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    return this.#mailbox.request(target, message, credit, sink);
  }

  async publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    return publications.map(({ message }) => {
      for (const { patterns, subscriber } of this.#subscribers)
        if (patterns.includes(message.envelope.pattern)) this.#deliver(message, subscriber);
      return { status: 'memory' };
    });
  }

  serve(_: string, handler: RequestHandler): void {
    this.#mailbox.serve(handler);
  }

  subscribe({ patterns }: Subscription, subscriber: Subscriber): SubscriptionControl {
    this.#subscribers.push({ patterns, subscriber });
    return { pause() {}, resume() {} };
  }

  async open(): Promise<void> {}
  async reach(): Promise<void> {}
  async quiesce(): Promise<void> {}

  async close(): Promise<void> {
    await this.#mailbox.close();
  }

  describe = () => ({ scheme: this.scheme, addresses: [] });
  unwrap(): unknown {
    return this;
  }

  #deliver(message: Message, subscriber: Subscriber): void {
    const settle = (settlement: Settlement): void => void this.settlements.push(settlement);
    const delivery: Delivery = { message, attempt: 1, settle };
    subscriber(delivery);
  }

  #later(frame: Frame): void {
    systemClock.defer(() => this.#mailbox.receive(frame));
  }
}

/** A server of `looped` and a client for it, on one loop; handlers are declared before `start`. */
export function looped(options: Partial<ServerOptions> = {}): {
  loop: Loopback;
  server: Server;
  client: Client;
  deadLetters: DeadLetterStore;
} {
  const loop = new Loopback();
  const deadLetters = new MemoryDeadLetters();
  const runtime = {
    transport: loop,
    clock: options.clock ?? systemClock,
    random: systemRandom,
    codec: jsonCodec({ strict: true }),
  };
  const server = new Server({ ...runtime, service: 'looped', logger: silentLogger, deadLetters, ...options });
  return { loop, server, client: new Client({ ...runtime, to: 'looped' }), deadLetters };
}

/** The machine's clock, which a test can put forward. */
export function leapingClock(): Clock & { leap(ms: number): void } {
  let leapt = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + leapt,
    leap: (ms) => void (leapt += ms),
  };
}

/** Polls until `check` no longer throws; at most 5 seconds. */
export async function eventually(check: () => void): Promise<void> {
  const end = performance.now() + 5_000;
  for (;;) {
    try {
      check();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
