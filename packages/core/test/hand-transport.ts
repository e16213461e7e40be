import { seededRandom, VirtualClock } from '@rookery/testing';
import { Client } from '../src/client/client.js';
import type { ClientOptions } from '../src/client/options.js';
import { jsonCodec } from '../src/codec/json.js';
import { MemoryDeadLetters } from '../src/dead-letters/memory.js';
import { createEnvelope, type Body, type Envelope, type Message } from '../src/envelope/envelope.js';
import type { ServerOptions } from '../src/server/options.js';
import { Server } from '../src/server/server.js';
import type {
  Publication,
  PublishOutcome,
  Subscriber,
  Subscription,
  SubscriptionControl,
} from '../src/transport/events.js';
import { silentLogger } from '../src/transport/logger.js';
import type { TransportState } from '../src/transport/state.js';
import type { Call, ReplySink, RequestHandler, Target, Transport } from '../src/transport/transport.js';

/** A request that the transport was given, and what became of it. */
class HandCall implements Call {
  sent = true;
  granted: number;
  cancelled = 0;
  /** What came of its upload. */
  readonly items: Body[] = [];
  ended = false;
  readonly upload = {
    write: (body: Body) => void this.items.push(body),
    end: () => void (this.ended = true),
    fail: () => void (this.ended = true),
  };
  readonly target: Target;
  readonly message: Message;
  readonly sink: ReplySink;

  constructor(target: Target, message: Message, credit: number, sink: ReplySink) {
    this.target = target;
    this.message = message;
    this.granted = credit;
    this.sink = sink;
  }

  credit(count: number): void {
    this.granted += count;
  }

  cancel(): void {
    this.cancelled++;
  }
}

/** A transport whose other side is the test: it sees what is sent, and says what comes. */
class HandTransport implements Transport {
  readonly scheme = 'hand';
  readonly capabilities = {
    maxBody: 100,
    acceptance: 'memory',
    direct: false,
    wildcards: true,
    delay: true,
    deadLetters: false,
    uploads: true,
  } as const;
  state: TransportState = { status: 'ready' };
  readonly calls: HandCall[] = [];
  readonly published: Publication[] = [];
  outcome: PublishOutcome = { status: 'stored' };
  handler: RequestHandler | undefined;
  readonly subscriptions: { subscription: Subscription; subscriber: Subscriber }[] = [];
  /** How many further deliveries an endpoint was said to take, in order. */
  readonly flow: [endpoint: string, deliveries: number][] = [];
  /** What the server has told it of its life, in order. */
  readonly life: string[] = [];

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const call = new HandCall(target, message, credit, sink);
    this.calls.push(call);
    return call;
  }

  async publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    this.published.push(...publications);
    return publications.map(() => this.outcome);
  }

  serve(_: string, handler: RequestHandler): void {
    this.handler = handler;
  }

  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    this.subscriptions.push({ subscription, subscriber });
    const { endpoint } = subscription;
    return {
      pause: () => void this.flow.push([endpoint, 0]),
      resume: (deliveries = Infinity) => void this.flow.push([endpoint, deliveries]),
    };
  }

  async open(): Promise<void> {
    this.life.push('open');
  }

  async quiesce(): Promise<void> {
    this.life.push('quiesce');
  }

  async close(): Promise<void> {
    this.life.push('close');
  }

  async reach(): Promise<void> {}
  watch = () => () => undefined;
  describe = () => ({ scheme: this.scheme, addresses: [] });
  unwrap(): unknown {
    return this;
  }
}

/** A client of 'users' on a hand transport and a virtual clock. */
export function handClient(options: Partial<ClientOptions> = {}) {
  const transport = new HandTransport();
  const clock = new VirtualClock(1_700_000_000_000);
  const codec = jsonCodec({ strict: true });
  const client = new Client({ transport, clock, random: seededRandom(1), codec, to: 'users', ...options });
  return { transport, clock, client };
}

/** A server of 'users' on a hand transport and a virtual clock, with a way to ask it. */
export function handServer(options: Partial<ServerOptions> = {}) {
  const transport = new HandTransport();
  const clock = new VirtualClock();
  const deadLetters = new MemoryDeadLetters();
  const server = new Server({
    service: 'users',
    transport,
    clock,
    random: { ...seededRandom(1), next: () => 1 },
    codec: jsonCodec({ strict: true }),
    logger: silentLogger,
    deadLetters,
    ...options,
  });
  const ask = (pattern: string, { credit = 1, body, ...envelope }: Asked = {}) => {
    const heard: unknown[] = [];
    const responder = {
      reply: (body: Body, last: boolean) => void heard.push(last ? [body, 'last'] : [body]),
      fail: (failure: string) => void heard.push(JSON.parse(failure)),
    };
    const message = { envelope: createEnvelope({ id: 'm1', pattern, ...envelope }), body };
    return { heard, call: transport.handler!(message, credit, responder) };
  };
  return { transport, clock, server, deadLetters, ask };
}

type Asked = Partial<Envelope> & { readonly credit?: number; readonly body?: Body };
