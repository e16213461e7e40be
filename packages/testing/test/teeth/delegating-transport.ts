import type {
  Call,
  Message,
  Publication,
  PublishOutcome,
  ReplySink,
  RequestHandler,
  Subscriber,
  Subscription,
  SubscriptionControl,
  Target,
  Transport,
  TransportHost,
} from '@rookery/core';

/** A transport that leaves everything to another; what is broken about it, a class that extends it says. */
export class DelegatingTransport implements Transport {
  protected readonly inner: Transport;
  protected readonly host: TransportHost;

  constructor(inner: Transport, host: TransportHost) {
    this.inner = inner;
    this.host = host;
  }

  get scheme() {
    return this.inner.scheme;
  }

  get capabilities() {
    return this.inner.capabilities;
  }

  get state() {
    return this.inner.state;
  }

  watch(listener: Parameters<Transport['watch']>[0]) {
    return this.inner.watch(listener);
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    return this.inner.request(target, message, credit, sink);
  }

  publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    return this.inner.publish(publications);
  }

  serve(service: string, handler: RequestHandler): void {
    this.inner.serve(service, handler);
  }

  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return this.inner.subscribe(subscription, subscriber);
  }

  open() {
    return this.inner.open();
  }

  reach(target: Target, timeout?: number) {
    return this.inner.reach(target, timeout);
  }

  quiesce() {
    return this.inner.quiesce();
  }

  close() {
    return this.inner.close();
  }

  describe() {
    return this.inner.describe();
  }

  unwrap() {
    return this.inner.unwrap();
  }
}
