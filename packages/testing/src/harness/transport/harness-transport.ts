import type {
  Call,
  Publication,
  PublishOutcome,
  ReplySink,
  RequestHandler,
  Message,
  Subscriber,
  Subscription,
  SubscriptionControl,
  Target,
  Transport,
  TransportDescription,
  TransportState,
} from '@rookery/core';
import type { Fate } from '../chaos/fate.js';
import { CallUnderWay } from './call-under-way.js';
import { never } from '../never.js';
import { EventInHand } from './event-in-hand.js';
import { RequestInHand } from './request-in-hand.js';
import type { Held, Owner } from './owner.js';

/** A call of a process that is gone. */
const GONE: Call = { sent: true, credit: () => undefined, cancel: () => undefined };

/**
 * A process's hold on the medium: says in the journal what passes, has chaos decide what becomes of it, and is cut when
 * the process is lost.
 */
export class HarnessTransport implements Transport {
  readonly #inner: Transport;
  readonly #process: Owner;
  /** What is to be dropped when the process goes. */
  readonly #open = new Set<Held>();
  /** By key, when the last event of it is with the medium. */
  readonly #due = new Map<string, number>();

  constructor(inner: Transport, process: Owner) {
    this.#inner = inner;
    this.#process = process;
  }

  get scheme(): string {
    return this.#inner.scheme;
  }

  get capabilities() {
    return this.#inner.capabilities;
  }

  get state(): TransportState {
    return this.#inner.state;
  }

  watch(listener: (state: TransportState) => void): () => void {
    return this.#inner.watch((state) => {
      if (this.#process.alive) this.#process.within(undefined, () => listener(state));
    });
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const process = this.#process;
    const { chaos } = process.stage;
    const { service } = target;
    if (!process.alive) return GONE;
    const { crash, delay } = chaos.fate(process, 'request', `${message.envelope.pattern} to ${service}`);
    if (crash === 'before') {
      process.kill();
      return GONE;
    }
    const call = new CallUnderWay(process, service, message, sink, this.#open);
    call.send(delay, (sent) => this.#inner.request(target, sent, credit, call));
    if (crash === 'after') process.kill();
    return call;
  }

  async publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    const outcomes: PublishOutcome[] = [];
    for (const publication of publications) {
      if (this.#process.alive) outcomes.push(await this.#publish(publication));
    }
    return this.#process.alive ? outcomes : never();
  }

  async #publish(publication: Publication): Promise<PublishOutcome> {
    const process = this.#process;
    const { chaos, clock, journal, underWay } = process.stage;
    const { message, to, delay = 0 } = publication;
    const { pattern, causationId, key } = message.envelope;
    const fate = chaos.fate(process, 'publish', pattern, true);
    if (fate.crash === 'before') {
      process.kill();
      return never();
    }
    journal.add({
      type: 'sent',
      kind: 'event',
      service: process.service,
      to,
      ...journal.about(message),
      causationId,
      key,
      delay,
    });
    const times = this.#times(fate, key, delay);
    const results: PublishOutcome[] = [];
    for (const more of times) {
      const [result] = await this.#inner.publish([{ ...publication, delay: delay + more }]);
      if (result) results.push(result);
      underWay.expect(
        `event ${pattern} of '${process.service}', on its way to its handlers`,
        delay + more,
        clock,
      );
    }
    if (fate.crash === 'after') process.kill();
    return results[0] ?? never();
  }

  /** After how many milliseconds the medium has an event: those of one key in their order, and again only next to itself. */
  #times({ delay, repeat }: Fate, key: string | undefined, wanted: number): number[] {
    if (key === undefined || wanted > 0) return repeat === undefined ? [delay] : [delay, repeat];
    const now = this.#process.stage.clock.now();
    const due = Math.max(now + delay, this.#due.get(key) ?? 0);
    this.#due.set(key, due);
    return repeat === undefined ? [due - now] : [due - now, due - now];
  }

  serve(service: string, handler: RequestHandler, patterns?: readonly string[]): void {
    const take: RequestHandler = (message, credit, responder) => {
      const request = new RequestInHand(this.#process, message, credit, responder, this.#open);
      request.begin(handler);
      return request;
    };
    this.#inner.serve(service, take, patterns);
  }

  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return this.#inner.subscribe(subscription, (delivery) => {
      new EventInHand(this.#process, subscription, delivery, this.#open).begin(subscriber);
    });
  }

  open(): Promise<void> {
    return this.#process.alive ? this.#inner.open() : never();
  }

  reach(target: Target, timeout?: number): Promise<void> {
    return this.#process.alive ? this.#inner.reach(target, timeout) : never();
  }

  async quiesce(): Promise<void> {
    if (this.#process.alive) await this.#inner.quiesce();
  }

  async close(): Promise<void> {
    await this.#inner.close();
    for (const each of [...this.#open]) each.drop();
  }

  describe(): TransportDescription {
    return this.#inner.describe();
  }

  unwrap(): unknown {
    return this.#inner.unwrap();
  }

  /** The process is gone: what it has in hand is lost, and `noticed` milliseconds later the medium knows. */
  abandon(noticed: number): void {
    for (const each of [...this.#open]) each.drop();
    this.#process.stage.clock.after(noticed, () => {
      this.#inner.close().catch(() => undefined);
    });
  }
}
