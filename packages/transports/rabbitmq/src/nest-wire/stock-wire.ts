import {
  ConfigurationError,
  QueueFull,
  type Call,
  type Message,
  type Publication,
  type PublishOutcome,
  type ReplySink,
  type RequestHandler,
  type RookeryError,
  type Subscriber,
  type Subscription,
  type SubscriptionControl,
} from '@rookery/core';
import type { Link } from '../connection/link.js';
import type { Endpoint } from '../events/endpoint-consumer.js';
import type { Publisher } from '../events/publisher.js';
import type { Scope } from '../scope.js';
import type { NestServiceSettings } from './options.js';
import { noUploads, StockCalls, stockEvent } from './stock-calls.js';
import { StockChannel } from './stock-channel.js';
import { StockEndpoint } from './stock-endpoint.js';
import { StockQueue } from './stock-queue.js';

/** All that a transport does on the wire of stock Nest: what it serves there, and the stock services that it calls. */
export class StockWire {
  readonly #scope: Scope;
  readonly #publisher: Publisher;
  readonly #services: ReadonlyMap<string, NestServiceSettings>;
  readonly #calls: StockCalls;
  readonly #channel: StockChannel | undefined;
  readonly #endpoints: StockEndpoint[] = [];
  #requests: { readonly handler: RequestHandler; readonly patterns: readonly string[] } | undefined;
  #queue: StockQueue | undefined;

  constructor(scope: Scope, out: Link, publisher: Publisher) {
    this.#scope = scope;
    this.#publisher = publisher;
    const { nest, services } = scope.settings;
    this.#services = services;
    const channel = (): StockChannel => this.#channel as StockChannel; // there is one where there is anybody to call
    this.#calls = new StockCalls(scope.host.replica, channel);
    if (!nest && services.size === 0) return;
    this.#channel = new StockChannel(scope, out, [...services.values()], {
      answer: (amqp) => this.#calls.answer(amqp),
      returned: (amqp) => this.#calls.returned(amqp),
      interrupted: (cause) => this.#calls.interrupted(cause),
    });
  }

  /** Whether a service is called on the stock wire. */
  calls(service: string): boolean {
    return this.#services.has(service);
  }

  /** @param service that is called on the stock wire */
  request(service: string, message: Message, credit: number, sink: ReplySink): Call {
    const settings = this.#services.get(service) as NestServiceSettings;
    const waiting = this.#channel?.waiting ?? 0;
    if (sink.upload) return this.#lose(sink, noUploads(service));
    if (waiting >= this.#scope.settings.maxWaiting)
      return this.#lose(
        sink,
        new QueueFull(`${waiting} requests already wait for RabbitMQ; this one was refused`),
      );
    return this.#calls.request(settings, message, credit, sink);
  }

  /** Publishes what is for stock services: for one, or for all of them; `undefined` when none of them gets it. */
  publish({ message, to, delay = 0 }: Publication): Promise<PublishOutcome> | undefined {
    if (to === undefined ? this.#services.size === 0 : !this.#services.has(to)) return undefined;
    const services = [...this.#services.values()].filter(({ service }) => to === undefined || to === service);
    if (delay > 0)
      return Promise.resolve({
        status: 'refused',
        error: new ConfigurationError(
          `${services.map(({ service }) => `'${service}'`).join(', ')}: stock Nest's wire has no delay for ${message.envelope.pattern}`,
        ),
      });
    return this.#publishTo(services, message);
  }

  serve(handler: RequestHandler, patterns: readonly string[]): void {
    this.#requests = { handler, patterns };
  }

  /** Gives the endpoint events of the stock queue as well, if there is one. */
  join(own: Endpoint, subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    const { settings, host } = this.#scope;
    if (!settings.nest) return own;
    const endpoint = new StockEndpoint(own, host, subscription, subscriber, this.#publisher);
    this.#endpoints.push(endpoint);
    return endpoint;
  }

  /** Begins to serve `service`, if it has a stock queue. */
  open(service: string | undefined, link: Link): void {
    const { nest } = this.#scope.settings;
    if (!nest || !this.#channel || service === undefined) return;
    const { handler, patterns = [] } = this.#requests ?? {};
    const served = { service, settings: nest, handler, patterns, endpoints: this.#endpoints };
    this.#queue = new StockQueue(this.#scope, served, this.#publisher, this.#channel);
    link.add(this.#queue);
  }

  /** Resolves when nothing more comes. */
  async drain(): Promise<void> {
    await this.#queue?.drain();
  }

  /** Resolves when no event of the stock queue is on its way to another. */
  async settled(): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.settled()));
  }

  close(): void {
    this.#calls.close();
  }

  async #publishTo(services: readonly NestServiceSettings[], message: Message): Promise<PublishOutcome> {
    const published = services.map((settings) => this.#publisher.publish(...stockEvent(settings, message)));
    const outcomes = await Promise.all(published);
    return outcomes.find(({ status }) => status === 'refused') ?? { status: 'stored' };
  }

  #lose(sink: ReplySink, error: RookeryError): Call {
    let wanted = true;
    this.#scope.host.clock.defer(() => {
      if (wanted) sink.lost(error);
    });
    return { sent: false, credit() {}, cancel: () => void (wanted = false) };
  }
}
