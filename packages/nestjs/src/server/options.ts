import type {
  CallerOptions,
  ConnectionOptions,
  ControlOptions,
  DeadLetterBounds,
  DeadLetterStore,
  IdempotencyOptions,
  RequestOptions,
  EventRetryOptions,
  KillSwitchOptions,
  Wire,
} from '@rookery/core';

/** See {@link rookery}. */
export interface RookeryOptions extends ConnectionOptions {
  /**
   * Who this service is: its replicas share its requests and events, other services get their own copy of an event.
   * Default: the environment's `ROOKERY_SERVICE`.
   */
  readonly service?: string;
  /**
   * What is spoken where the service listens: `['rookery', 'nest']` also serves plain Nest clients on the same port. On
   * TCP only with mutual TLS or on loopback. Default `['rookery']`. In place of `url`, `transport` says it itself.
   */
  readonly wires?: readonly Wire[];
  /**
   * Have lines that Nest's ConsoleLogger and pino write below a handler say to which message they belong. It is for the
   * whole process: off only if all that is of Rookery in it says `false`. Default `true`.
   */
  readonly logContext?: boolean;
  /**
   * How many requests are handled at once (default 1,000), how many wait (10,000) and for how long (2 seconds, and half of the
   * time that the caller has): the others are refused with Overloaded, before their work begins.
   */
  readonly requests?: RequestOptions;
  /** How many requests one caller may have under way (default: no limit), and its share of those that wait (0.5). */
  readonly callers?: CallerOptions;
  /**
   * What becomes of requests with an idempotency key: the first is handled, the others get its answer. Default: answers are
   * kept for 10 minutes in the memory of this replica.
   */
  readonly idempotency?: IdempotencyOptions;
  /**
   * What becomes of an event whose handler fails; the handler's own `retries` beat it, field by field. Default: delivered five
   * times, after about 0.1, 0.4, 1.6 and 6.4 seconds, then among the dead letters.
   */
  readonly retries?: EventRetryOptions;
  /**
   * When a handler of events pauses because what it needs is broken, so that its events wait and do not become dead letters; the
   * handler's own `killSwitch` beats it. `false`: never. Default: for 5 seconds when half of at least 20 tries within 30
   * seconds have failed.
   */
  readonly killSwitch?: KillSwitchOptions | false;
  /**
   * Where events are kept that were given up, or how many of them. Default: on a broker that keeps them, for all replicas; else in
   * the memory of this one; at most 10,000 letters and 64 MiB.
   */
  readonly deadLetters?: DeadLetterStore | DeadLetterBounds;
  /**
   * Who may look at the dead letters from outside, replay, edit and drop them. Default: whoever proves to be `operator`, and
   * where nothing is proven, whoever is on this machine.
   */
  readonly control?: ControlOptions;
  /** How many events of one handler are handled at once. Default 64. */
  readonly concurrency?: number;
  /** How many values of an Observable wait for a slow reader before StreamOverflow. Default 1,024. */
  readonly streamBuffer?: number;
  /**
   * Milliseconds for which a caller may do nothing while a stream waits for it: take no value, or give no item of an upload
   * that is read. Then the stream ends with DeadlineExceeded. `Infinity` for no limit. Default 600,000.
   */
  readonly streamIdleTimeout?: number;
  /** Send the stacks of handlers' errors to callers, who see them if they set `acceptStack`. Default `false`. */
  readonly exposeStack?: boolean;
  /** Milliseconds that handlers in flight have to finish at shutdown. Default 10,000. */
  readonly drainTimeout?: number;
}
