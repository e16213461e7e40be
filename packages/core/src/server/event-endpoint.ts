import { runInContext } from '../context/ambient.js';
import type { MessageContext } from '../context/message-context.js';
import type { Surroundings } from '../context/surroundings.js';
import { PatternTable } from '../pattern/table.js';
import type { PolicyDescription, PolicyValues } from '../policies/describe.js';
import type { EndpointEvent } from '../recoverability/kill-switch-event.js';
import { KillSwitch, type KillSwitchChange } from '../recoverability/kill-switch.js';
import { resolveKillSwitch, type KillSwitchSettings } from '../recoverability/kill-switch-options.js';
import { resolveRetries } from '../recoverability/retries.js';
import { HandledEvent, type EventDestination } from '../telemetry/handled-event.js';
import type { Instruments } from '../telemetry/telemetry.js';
import type { Delivery, Subscription, SubscriptionControl } from '../transport/events.js';
import type { Enrolled } from '../under-way/roster.js';
import type { EventEndpointDescription } from './describe.js';
import { contextOf, runEvent, type DeliveryInHand, type EndpointWork } from './event-run.js';
import type { EventScope } from './event-scope.js';
import type { Handler } from './handler.js';
import { DEFAULT_CONCURRENCY, type EventEndpointOptions, type ServerOptions } from './options.js';

/** What an endpoint needs of the server, and tells it. */
export interface EndpointOwner {
  readonly surroundings: Surroundings;
  readonly instruments: Instruments | undefined;
  begun(handled: HandledDelivery): void;
  /** Called once for each that has begun. */
  ended(handled: HandledDelivery): void;
  announce(event: EndpointEvent): void;
}

/** A delivery that is being handled. */
export class HandledDelivery implements DeliveryInHand, Enrolled<HandledDelivery> {
  earlier: HandledDelivery | undefined = undefined;
  later: HandledDelivery | undefined = undefined;
  readonly delivery: Delivery;
  context: MessageContext;

  constructor(delivery: Delivery, context: MessageContext) {
    this.delivery = delivery;
    this.context = context;
  }
}

/** One handler of events: its subscription, what becomes of what fails, and its kill switch. */
export class EventEndpoint {
  readonly #options: EventScope;
  readonly #owner: EndpointOwner;
  readonly #subscription: Subscription;
  readonly #destination: EventDestination;
  readonly #work: EndpointWork;
  readonly #policies: readonly PolicyDescription[];

  /**
   * @param patterns in the normal form
   * @throws ConfigurationError when the options cannot work
   */
  constructor(
    options: EventScope,
    owner: EndpointOwner,
    patterns: readonly string[],
    given: EventEndpointOptions,
    handler: Handler,
  ) {
    const { service, transport } = options;
    const { endpoint, broadcast = false, concurrency = options.concurrency ?? DEFAULT_CONCURRENCY } = given;
    this.#options = options;
    this.#owner = owner;
    this.#subscription = { service, endpoint, patterns, broadcast, concurrency };
    const table = new PatternTable<string>();
    for (const pattern of patterns) table.add(pattern, pattern);
    this.#destination = { endpoint, patterns: table };
    const { retries, described } = resolveRetries(endpoint, options.retries, given.retries);
    const switching = resolveKillSwitch(endpoint, options.killSwitch, given.killSwitch);
    this.#policies = [
      { name: 'retries', values: described },
      ...(switching ? [{ name: 'kill-switch', values: switching.described }] : []),
      { name: 'concurrency', values: concurrencyOf(options, given) },
    ];
    const control = transport.subscribe(this.#subscription, this.take);
    const killSwitch = switching && this.#switch(switching.values, control);
    const { surroundings } = owner;
    this.#work = { options, endpoint: { ...given, retries }, handler, surroundings, killSwitch };
  }

  describe(): EventEndpointDescription {
    const { endpoint, patterns, broadcast } = this.#subscription;
    const state = this.#work.killSwitch?.state ?? 'running';
    return { endpoint, patterns, broadcast, state, policies: this.#policies };
  }

  /** Begins nothing more by itself: the server is stopping. */
  stop(): void {
    this.#work.killSwitch?.stop();
  }

  /** Takes a delivery, of the transport's or of a replay. */
  readonly take = (delivery: Delivery): void => {
    const { killSwitch } = this.#work;
    if (killSwitch?.enter() === false) {
      delivery.settle({ outcome: 'retry', after: killSwitch.later(), uncounted: true });
      return;
    }
    const owner = this.#owner;
    const handled = new HandledDelivery(delivery, contextOf(delivery, this.#options));
    owner.begun(handled);
    const { instruments } = owner;
    const { clock } = this.#options;
    const observed = instruments && new HandledEvent(instruments, handled.context, this.#destination, clock);
    void runEvent(this.#work, handled, observed).finally(() => owner.ended(handled));
  };

  #switch(settings: KillSwitchSettings, control: SubscriptionControl): KillSwitch {
    const { clock, random } = this.#options;
    // What is said of it belongs to no message.
    const tell = (change: KillSwitchChange): void =>
      runInContext(undefined, () => this.#tell(settings, change));
    return new KillSwitch(settings, clock, random, control, tell);
  }

  #tell(settings: KillSwitchSettings, { state, previous, cause, pause }: KillSwitchChange): void {
    const { service, logger } = this.#options;
    const { endpoint } = this.#subscription;
    const who = `'${service}' takes`;
    if (state === 'paused') {
      const why =
        previous === 'running'
          ? `of its last ${settings.minimum} tries or more, at least ${settings.threshold * 100} % have failed`
          : 'the probe has failed';
      const last = cause instanceof Error ? `, at last with ${cause.name}: ${cause.message}` : '';
      logger.warn(
        `${who} no events for ${endpoint} for ${Math.round(pause)} ms: ${why}${last}; then it tries one`,
      );
    }
    if (state === 'running') logger.info(`${who} events for ${endpoint} again`);
    this.#owner.announce({ type: 'kill-switch', service, endpoint, state, previous, cause });
  }
}

function concurrencyOf(options: ServerOptions, given: EventEndpointOptions): PolicyValues {
  if (given.concurrency !== undefined) return { limit: { value: given.concurrency, from: 'endpoint' } };
  if (options.concurrency !== undefined) return { limit: { value: options.concurrency, from: 'server' } };
  return { limit: { value: DEFAULT_CONCURRENCY, from: 'default' } };
}
