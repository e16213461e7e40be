import type { Clock } from '../clock/clock.js';
import type { Random } from '../clock/random.js';
import type { Codec } from '../codec/codec.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { Logger } from '../transport/logger.js';
import type { PolicyEvent } from './events.js';
import type { PolicyLayer } from './layers.js';
import type { ClientPolicies } from './options.js';
import type { ClientStep } from './step.js';

/** What a step is made with. */
export interface StepScope {
  /** Whom the calls go to. */
  readonly service: string;
  /** The outermost first. */
  readonly layers: readonly PolicyLayer[];
  readonly clock: Clock;
  readonly random: Random;
  readonly codec: Codec;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Tells those who watch the client. */
  readonly announce: (event: PolicyEvent) => void;
}

/** Makes the step of one policy for the calls of one service. */
export interface StepMaker {
  readonly name: string;
  /** The options that it reads. A pattern that sets none of them shares the service's step, and all that it counts. */
  readonly keys: readonly (keyof ClientPolicies)[];
  /** `undefined` when the policy is off. */
  make(scope: StepScope): ClientStep | readonly ClientStep[] | undefined;
}
