import { runInContext } from '../context/ambient.js';
import type { Surroundings } from '../context/surroundings.js';
import type { DeadLetters } from '../dead-letters/dead-letters.js';
import { PatternTable } from '../pattern/table.js';
import { laneOf } from '../lanes/lane-of.js';
import { Lanes } from '../lanes/lanes.js';
import type { PolicyDescription } from '../policies/describe.js';
import type { EndpointEvent } from '../recoverability/kill-switch-event.js';
import { KillSwitch, type KillSwitchChange } from '../recoverability/kill-switch.js';
import { resolveKillSwitch, type KillSwitchSettings } from '../recoverability/kill-switch-options.js';
import { resolveRetries } from '../recoverability/retries.js';
import { HandledEvent, type EventDestination } from '../telemetry/handled-event.js';
import type { Instruments } from '../telemetry/telemetry.js';
import type { Delivery, Settlement, Subscription, SubscriptionControl } from '../transport/events.js';
import type { EventEndpointDescription } from './describe.js';
import { contextOf, runEvent, type EndpointWork } from './event-run.js';
import { HandledDelivery, HeldDelivery } from './handled-delivery.js';
import { windowOf } from './event-window.js';
import { KeyParking } from './key-parking.js';
import type { EventScope } from './event-scope.js';
import type { Handler } from './handler.js';
import type { EventEndpointOptions } from './options.js';

/** What an endpoint needs of the server, and tells it. */
export interface EndpointOwner {
  readonly surroundings: Surroundings;
  readonly deadLetters: DeadLetters;
  readonly instruments: Instruments | undefined;
  begun(handled: HandledDelivery): void;
  /** Called once for each that has begun. */
  ended(handled: HandledDelivery): void;
  announce(event: EndpointEvent): void;
}

/** One handler of events: its subscription, what becomes of what fails, and its kill switch. */
export class EventEndpoint {
  readonly #options: EventScope;
  readonly #owner: EndpointOwner;
  readonly #subscription: Subscription;
  readonly #destination: EventDestination;
  readonly #work: EndpointWork;
  readonly #policies: readonly PolicyDescription[];
  /** Where those of one key wait for each other; `undefined` where they need not. */
  readonly #lanes: Lanes | undefined;
  readonly #orderedRetry: number;

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
    const { endpoint, broadcast = false } = given;
    const {
      concurrency,
      prefetch,
      ordered,
      orderedRetry,
      parks,
      described: window,
    } = windowOf(given, options);
    this.#options = options;
    this.#owner = owner;
    this.#subscription = { service, endpoint, patterns, broadcast, concurrency: prefetch, ordered };
    this.#lanes = ordered ? new Lanes(options.clock, concurrency) : undefined;
    this.#orderedRetry = orderedRetry;
    const table = new PatternTable<string>();
    for (const pattern of patterns) table.add(pattern, pattern);
    this.#destination = { endpoint, patterns: table };
    const { retries, described } = resolveRetries(endpoint, options.retries, given.retries);
    const switching = resolveKillSwitch(endpoint, options.killSwitch, given.killSwitch);
    this.#policies = [
      { name: 'retries', values: described },
      ...(switching ? [{ name: 'kill-switch', values: switching.described }] : []),
      ...window,
    ];
    const control = transport.subscribe(this.#subscription, this.take);
    const killSwitch = switching && this.#switch(switching.values, control);
    const { surroundings } = owner;
    const parking = parks ? new KeyParking(options, owner.deadLetters, endpoint) : undefined;
    this.#work = { options, endpoint: { ...given, retries }, handler, surroundings, killSwitch, parking };
  }

  describe(): EventEndpointDescription {
    const { endpoint, patterns, broadcast } = this.#subscription;
    const state = this.#work.killSwitch?.state ?? 'running';
    const parked = this.#work.parking?.describe() ?? [];
    const described = { endpoint, patterns, broadcast, state, policies: this.#policies };
    return parked.length > 0 ? { ...described, parked } : described;
  }

  /** Begins nothing more by itself: the server is stopping. */
  stop(): void {
    this.#work.killSwitch?.stop();
    this.#lanes?.close();
  }

  /** Takes a delivery, of the transport's or of a replay. */
  readonly take = (delivery: Delivery): void => {
    const { envelope } = delivery.message;
    if (!this.#lanes) void this.#handle(delivery);
    else if (envelope.key === undefined || delivery.replayed) {
      // A dead letter is handled beside no other of its key, but does not hold them up for its next try.
      const work = this.#lanes.enter(laneOf(envelope), () => this.#handle(delivery));
      delivery.waits = () => !work.atWork;
    } else {
      const held = new HeldDelivery(delivery, this.#orderedRetry);
      const work = this.#lanes.enter(laneOf(envelope), () => this.#handleInOrder(held));
      delivery.waits = () => !work.atWork;
    }
  };

  async #handle(delivery: Delivery): Promise<undefined> {
    await this.#try(delivery, Infinity, (settlement) => {
      delivery.settle(settlement);
      return undefined;
    });
  }

  /** Gives for how many milliseconds those of its key have to wait for its next try. */
  async #handleInOrder(held: HeldDelivery): Promise<number | undefined> {
    if (held.revoked) return undefined;
    if (this.#work.parking?.concerns(held)) return this.#parkOrHandle(held, this.#work.parking);
    return this.#handleHeld(held);
  }

  async #parkOrHandle(held: HeldDelivery, parking: KeyParking): Promise<number | undefined> {
    const parked = await parking.behind(held);
    if (parked.outcome === 'handle') return this.#handleHeld(held);
    if (parked.outcome === 'retry') return parked.after;
    held.settle(parked);
    return undefined;
  }

  #handleHeld(held: HeldDelivery): Promise<number | undefined> {
    held.begins(this.#options.clock.now());
    return this.#try(held, held.retryUntil, (settlement) => {
      if (settlement.outcome === 'retry' && !held.revoked)
        return held.hold(settlement.after, !settlement.uncounted);
      held.settle(settlement);
      return undefined;
    });
  }

  /** Gives what `settle` makes of its outcome; `undefined` when it has none, because the server stops. */
  async #try(
    delivery: Delivery,
    retryUntil: number,
    settle: (settlement: Settlement) => number | undefined,
  ): Promise<number | undefined> {
    // Dead letters that fail once more say nothing of whether the endpoint is broken, and are to lie there again soon.
    const work = delivery.replayed ? { ...this.#work, killSwitch: undefined } : this.#work;
    const { killSwitch } = work;
    if (killSwitch?.enter() === false)
      return settle({ outcome: 'retry', after: killSwitch.later(), uncounted: true });
    const owner = this.#owner;
    const handled = new HandledDelivery(delivery, contextOf(delivery, this.#options), retryUntil);
    owner.begun(handled);
    const { instruments } = owner;
    const { clock } = this.#options;
    const observed = instruments && new HandledEvent(instruments, handled.context, this.#destination, clock);
    const settlement = await runEvent(work, handled, observed);
    const hold = settlement && settle(settlement);
    owner.ended(handled);
    return hold;
  }

  #switch(settings: KillSwitchSettings, control: SubscriptionControl): KillSwitch {
    const { clock, random } = this.#options;
    // What is said of it belongs to no message.
    const tell = (change: KillSwitchChange): void =>
      runInContext(undefined, () => this.#tell(settings, change));
    return new KillSwitch(settings, clock, random, control, tell);
  }

  #countPaused(change: 1 | -1): void {
    const { service, endpoint } = this.#subscription;
    const attributes = {
      'messaging.system.name': 'rookery',
      'messaging.consumer.group.name': service,
      'messaging.destination.subscription.name': endpoint,
    };
    this.#owner.instruments?.measures?.pausedEndpoints.add(change, attributes);
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
    if (state === 'running' || previous === 'running') this.#countPaused(state === 'running' ? -1 : 1);
    this.#owner.announce({ type: 'kill-switch', service, endpoint, state, previous, cause });
  }
}
