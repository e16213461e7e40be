import {
  PatternTable,
  QueueFull,
  type Clock,
  type Frame,
  type FrameMedium,
  type Posted,
  type Publication,
  type PublishOutcome,
  type RequestFrame,
  type Subscription,
  ownMessage,
} from '@rookery/core';
import { Endpoint } from './endpoint.js';
import type { Consumer } from './event-queue.js';
import type { Member } from './member.js';
import { RequestQueue } from './request-queue.js';

/** An event for a service that has never been here. */
interface Parked {
  readonly publication: Publication;
  readonly due: number;
}

interface Service {
  readonly requests: RequestQueue;
  /** By name, shared and broadcast ones apart. */
  readonly endpoints: Map<string, Endpoint>;
  /** `undefined` once the service has been here: from then on its endpoints are known. */
  parked: Parked[] | undefined;
}

/** What all transports of one name in one process share: members, and the queues of services and endpoints. */
export class Bus {
  readonly #members = new Map<string, Member>();
  readonly #services = new Map<string, Service>();
  #routes: PatternTable<Endpoint> | undefined;
  #joined = 0;

  /** A new address for `replica`. */
  address(replica: string): string {
    return `${replica}/${(this.#joined++).toString(36)}`;
  }

  join(member: Member): void {
    this.#members.set(member.address, member);
  }

  leave(member: Member): void {
    this.#members.delete(member.address);
  }

  /** The bus as `clock`'s owner uses it for requests. */
  medium(clock: Clock): FrameMedium {
    return {
      local: true,
      toService: (service: string, frame: RequestFrame): Posted => this.requests(service).post(frame, clock),
      toReplica: (address: string, frame: Frame): void => {
        const member = this.#members.get(address);
        member?.turns.later(() => member.receive(frame));
      },
    };
  }

  requests(service: string): RequestQueue {
    return this.#service(service).requests;
  }

  endpoint(subscription: Subscription): Endpoint {
    const { endpoints } = this.#service(subscription.service);
    const name = `${subscription.broadcast ? 'broadcast' : 'shared'} ${subscription.endpoint}`;
    let endpoint = endpoints.get(name);
    if (!endpoint) endpoints.set(name, (endpoint = new Endpoint(subscription)));
    return endpoint;
  }

  subscribe(subscription: Subscription, consumer: Consumer): void {
    this.endpoint(subscription).attach(consumer, subscription.patterns);
    this.#routes = undefined;
  }

  /** The service is here with all its endpoints: what was published for it before is now given to them. */
  arrived(name: string, now: number): void {
    const service = this.#service(name);
    const { parked } = service;
    service.parked = undefined;
    for (const { publication, due } of parked ?? []) {
      for (const queue of this.#route(publication)) queue.add(publication.message, due, now);
    }
  }

  publish(publication: Publication, limit: number, now: number): PublishOutcome {
    const { to, delay = 0 } = publication;
    const parked = to === undefined ? undefined : this.#service(to).parked;
    const queues = parked ? [] : this.#route(publication);
    if (parked ? parked.length >= limit : queues.some(({ size }) => size >= limit)) {
      const { pattern } = publication.message.envelope;
      const why = parked ? `'${to}' has not been here yet` : 'a subscriber does not keep up or is away';
      const error = new QueueFull(
        `${limit} events already wait where ${pattern} would go: ${why}; it was refused`,
      );
      return { status: 'refused', error };
    }
    const message = ownMessage(publication.message);
    parked?.push({ publication: { ...publication, message }, due: now + delay });
    for (const queue of queues) queue.add(message, now + delay, now);
    return { status: 'memory' };
  }

  #route({ message, to }: Publication) {
    const endpoints = this.#table().match(message.envelope.pattern);
    const meant = to === undefined ? endpoints : endpoints.filter(({ service }) => service === to);
    return meant.flatMap(({ queues }) => queues);
  }

  #table(): PatternTable<Endpoint> {
    if (this.#routes) return this.#routes;
    this.#routes = new PatternTable();
    for (const { endpoints } of this.#services.values()) {
      for (const endpoint of endpoints.values()) {
        for (const pattern of endpoint.patterns) this.#routes.add(pattern, endpoint);
      }
    }
    return this.#routes;
  }

  #service(name: string): Service {
    let service = this.#services.get(name);
    if (!service) {
      service = { requests: new RequestQueue(), endpoints: new Map(), parked: [] };
      this.#services.set(name, service);
    }
    return service;
  }
}
