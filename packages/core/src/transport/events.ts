import type { Message } from '../envelope/envelope.js';
import type { RookeryError } from '../errors/rookery-error.js';
import type { Peer } from './security.js';

/** An event to hand over. */
export interface Publication {
  readonly message: Message;
  /** Only this service gets it; every subscribing service when left out. */
  readonly to?: string;
  /** Milliseconds before it may be delivered; 0 when left out. */
  readonly delay?: number;
}

/** What became of a publication. */
export type PublishOutcome =
  /** The medium has it: it survives the sender. */
  | { readonly status: 'stored' }
  /** A bounded queue of the sender has it: it survives the consumer, not the sender. */
  | { readonly status: 'memory' }
  /** Nobody has it. */
  | { readonly status: 'refused'; readonly error: RookeryError };

/** One endpoint's wish for events: each event that matches is delivered to it once, however many patterns match. */
export interface Subscription {
  /** The consumer group: one of its replicas gets each event. */
  readonly service: string;
  /** The handler's name, unique within the service and stable over restarts. */
  readonly endpoint: string;
  /** Patterns in the normal form, wildcards allowed where the capabilities say so. */
  readonly patterns: readonly string[];
  /** Every live replica gets each event, not one of them. */
  readonly broadcast: boolean;
  /** How many deliveries may be unsettled at once. */
  readonly concurrency: number;
  /**
   * Those with the same slot in their envelopes are delivered to one replica, the slot's owner, in the order in which their
   * publisher published them. Whoever takes over a slot gets nothing of it before the owner has settled what it has, or is
   * gone. Default `false`: whether it does so is the transport's affair.
   */
  readonly ordered?: boolean | undefined;
}

/** Called by the transport for each delivery; must not throw. */
export type Subscriber = (delivery: Delivery) => void;

/** The server's hold on a subscription. Both may be called at any time, before `open` and after `close` too. */
export interface SubscriptionControl {
  /**
   * From its return on nothing is delivered. What is in hand goes on and may be settled; what the transport has taken ahead
   * goes back to where other replicas get it, as the same attempt. A slot stays with its owner.
   */
  pause(): void;
  /**
   * Delivers again.
   *
   * @param deliveries how many are begun, beside those in hand, before it pauses again by itself; no limit when left out
   */
  resume(deliveries?: number): void;
}

/** One try to deliver an event to one endpoint; without a settlement it is delivered again once the transport is closed. */
export interface Delivery {
  readonly message: Message;
  /** 1 for the first. */
  readonly attempt: number;
  /**
   * At an ordered endpoint, of an event with a key: under which token this replica has the key's slot. A safe integer; who takes
   * a slot over has a larger one than everybody before. Read at each try: it may rise while the owner stays the same. It does
   * not rise once the slot is another's.
   */
  readonly fencingToken?: number | undefined;
  /** Whether it was taken back: it comes again, perhaps to another replica, and a try that has not begun is not made. */
  readonly revoked?: boolean | undefined;
  /** It is no delivery of the medium: the service replays one of its dead letters. */
  readonly replayed?: boolean | undefined;
  /** What the medium has of this message, for people who need it. */
  readonly native?: unknown;
  /** Who the sender is, where the medium can prove it. */
  readonly peer?: Peer | undefined;
  /** Set by whoever handles it, for who wants to know: whether it waits for those before it, or for its next try. */
  waits?: (() => boolean) | undefined;
  /** Ends the delivery, once; later calls are ignored. */
  settle(settlement: Settlement): void;
}

/** How a delivery ends. */
export type Settlement =
  /** Handled: it will not come again. */
  | { readonly outcome: 'accept' }
  /**
   * To be delivered again, not before `after` milliseconds. With `uncounted` as the same attempt, because this one says
   * nothing of the message. The reason is for people.
   */
  | {
      readonly outcome: 'retry';
      readonly after: number;
      readonly uncounted?: boolean;
      readonly reason?: string;
    }
  /** Given up: it will not come again. The reason is for people. */
  | { readonly outcome: 'reject'; readonly reason: string };
