import {
  type Clock,
  ClientClosed,
  type Logger,
  type Publication,
  type PublishOutcome,
  type RookeryError,
  ownMessage,
} from '@rookery/core';
import { ServiceEvents } from './service-events.js';

/** Hands events to the services that this process knows, and keeps them until each has them. */
export class Publisher {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #services = new Map<string, ServiceEvents>();
  #closed = false;

  /** @param limit how many events one endpoint of a service may have */
  constructor(limit: number, clock: Clock, logger: Logger) {
    this.#limit = limit;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The events for a service, which from now on is one of those that everything goes to. */
  service(name: string): ServiceEvents {
    let events = this.#services.get(name);
    if (!events) {
      events = new ServiceEvents(name, this.#limit, this.#clock, this.#logger);
      this.#services.set(name, events);
    }
    return events;
  }

  /**
   * Takes an event for all whom it may concern, or for none.
   *
   * @param unknown says what is wrong with a name that is not known
   */
  publish(publication: Publication, unknown: (service: string) => RookeryError): PublishOutcome {
    const { message, to, delay = 0 } = publication;
    if (this.#closed) {
      const error = new ClientClosed('the transport is closed; the event was not accepted', {
        recourse: 'terminal',
      });
      return { status: 'refused', error };
    }
    const meant = to === undefined ? [...this.#services.values()] : [this.#services.get(to)];
    for (const service of meant) {
      const error = service ? service.refusal(message.envelope.pattern) : unknown(to as string);
      if (error) return { status: 'refused', error };
    }
    const own = ownMessage(message);
    for (const service of meant) service?.add(own, delay, to !== undefined);
    return { status: 'memory' };
  }

  /** Resolves when every event is with those whom it concerns, the delayed ones aside. */
  async settled(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.settled()));
  }

  /** Forgets what is left, and says so. */
  close(): void {
    this.#closed = true;
    for (const [name, service] of this.#services) {
      const lost = service.close();
      if (lost > 0) this.#logger.warn(`closed with ${lost} events for '${name}' not handled; they are lost`);
    }
  }
}
