import type { AdmissionOptions } from '../admission/steps.js';
import type { Clock } from '../clock/clock.js';
import type { Random } from '../clock/random.js';
import type { Codec } from '../codec/codec.js';
import type { ControlOptions } from '../control/options.js';
import type { DeadLetterBounds } from '../dead-letters/letter-index.js';
import type { DeadLetterStore } from '../dead-letters/store.js';
import type { KillSwitchOptions } from '../recoverability/kill-switch-options.js';
import type { EventRetryOptions } from '../recoverability/retries.js';
import type { TelemetryOptions } from '../telemetry/options.js';
import type { Logger } from '../transport/logger.js';
import type { Transport } from '../transport/transport.js';

/** See {@link Server}. */
export interface ServerOptions extends AdmissionOptions {
  /** Who serves: the consumer group. */
  readonly service: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly codec: Codec;
  readonly logger: Logger;
  /**
   * Where events are kept that were given up, or how many of them. Default: where the transport keeps them, for all replicas;
   * else in the memory of this one; at most 10,000 letters and 64 MiB.
   */
  readonly deadLetters?: DeadLetterStore | DeadLetterBounds | undefined;
  /** This process among the replicas of the service, as its transport has it; for operators. */
  readonly replica?: string | undefined;
  /** Who may operate the service from outside. Default: see {@link ControlOptions}. */
  readonly control?: ControlOptions | undefined;
  readonly telemetry?: TelemetryOptions | undefined;
  /** What becomes of an event whose handler fails. Default: five deliveries within about 9 seconds, then a dead letter. */
  readonly retries?: EventRetryOptions | undefined;
  /** When an endpoint pauses because what its handler needs is broken; `false`: never. Default {@link DEFAULT_KILL_SWITCH}. */
  readonly killSwitch?: KillSwitchOptions | false | undefined;
  /** How many events of one endpoint are handled at once. Default 64. */
  readonly concurrency?: number | undefined;
  /** How many values of an Observable wait for a slow reader before StreamOverflow. Default 1,024. */
  readonly streamBuffer?: number | undefined;
  /**
   * Milliseconds for which a caller may do nothing while a stream waits for it: the reader of a reply takes no value, or an
   * upload that is read gives no item. Then the reply ends with DeadlineExceeded, or the handler's loop throws it; nothing is
   * held for ever. `Infinity` for no limit. Default 600,000.
   */
  readonly streamIdleTimeout?: number | undefined;
  /** Send the stacks of handlers' errors to callers. Default `false`. */
  readonly exposeStack?: boolean | undefined;
  /** Milliseconds that handlers in flight have to finish when the server closes. Default 10,000. */
  readonly drainTimeout?: number | undefined;
}

/** What one event endpoint may set for itself. */
export interface EventEndpointOptions {
  /** The handler's name, unique within the service and stable over restarts. */
  readonly endpoint: string;
  /** Every live replica handles each event. Default `false`: one of them does. */
  readonly broadcast?: boolean | undefined;
  /** Beats the server's, field by field. */
  readonly retries?: EventRetryOptions | undefined;
  /** Beats the server's, field by field. */
  readonly killSwitch?: KillSwitchOptions | false | undefined;
  /** How many are handled at once. Default: the server's. */
  readonly concurrency?: number | undefined;
  /**
   * How many of an ordered endpoint are taken from the medium and not settled: those that are handled, and those that wait here for
   * one of their key. Never less than `concurrency`, of which it is four times by default. What is not ordered has none that wait.
   */
  readonly prefetch?: number | undefined;
  /**
   * Events of one publisher with one key are handled one after another, over all replicas of the service, each when the one
   * before it is accepted or among the dead letters. Those of different keys, and those without a key, are handled at once.
   * When a key's owner changes, because a replica comes, goes or dies, some may be handled again. Not for a broadcast.
   * Default `false`.
   */
  readonly ordered?: boolean | undefined;
  /** What becomes of a key whose event fails; a number is its `hold`. Only where it is `ordered`. */
  readonly orderedRetry?: number | OrderedRetryOptions | undefined;
}

/** See {@link EventEndpointOptions.orderedRetry}. */
export interface OrderedRetryOptions {
  /**
   * Milliseconds for which one that fails may hold those of its key that come after it, its tries together; then it goes to
   * the dead letters, though it has attempts left. A pause of the kill switch does not count. Default 30,000.
   */
  readonly hold?: number | undefined;
  /**
   * What comes then. `dead-letter`: those behind it go on. `park`: they go to the dead letters as well, in their order and
   * without a try, until an operator releases the key; at most 1,000, and those behind them wait. Default `dead-letter`.
   */
  readonly then?: 'dead-letter' | 'park' | undefined;
}

export const DEFAULT_CONCURRENCY = 64;
export const DEFAULT_STREAM_BUFFER = 1024;
export const DEFAULT_STREAM_IDLE_TIMEOUT = 600_000;
export const DEFAULT_DRAIN_TIMEOUT = 10_000;
