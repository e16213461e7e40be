import type { Clock } from '../clock/clock.js';
import type { Deadlines } from '../clock/deadlines.js';
import type { Random } from '../clock/random.js';
import type { Codec } from '../codec/codec.js';
import type { TelemetryOptions } from '../telemetry/options.js';
import type { PolicyEvent } from '../policies/events.js';
import type { StepMaker } from '../policies/maker.js';
import type { ClientPolicies } from '../policies/options.js';
import type { Logger } from '../transport/logger.js';
import type { Transport } from '../transport/transport.js';

/** See {@link Client}. */
export interface ClientOptions extends ClientPolicies {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly codec: Codec;
  /** Shared by all clients of a process where possible. Default: a wheel of its own. */
  readonly deadlines?: Deadlines;
  /** Who calls: the name of the service, as others see it. */
  readonly from?: string | undefined;
  /** Whom `request`, `stream` and `emit` talk to unless a call says otherwise. */
  readonly to?: string | undefined;
  readonly telemetry?: TelemetryOptions | undefined;
  /** Keep the stack of remote errors, where the other side sends it. Default `false`. */
  readonly acceptStack?: boolean | undefined;
  /** How many items of an upload that is an Observable wait for a slow handler before StreamOverflow. Default 1,024. */
  readonly uploadBuffer?: number | undefined;
  /** What is set for all clients of a module; what is set here beats it. */
  readonly module?: ClientPolicies | undefined;
  /** What some patterns set for themselves; wildcards are allowed, the first that matches counts. */
  readonly patterns?: Readonly<Record<string, ClientPolicies>> | undefined;
  /** Default: says nothing. */
  readonly logger?: Logger | undefined;
  /** @internal The list of policies; {@link CLIENT_POLICIES} but in tests. */
  readonly order?: readonly StepMaker[] | undefined;
}

/** Hears of what happens to a client's policies. */
export type PolicyListener = (event: PolicyEvent) => void;
