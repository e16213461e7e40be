import type { Clock } from '../clock/clock.js';
import { IdempotencyStep } from '../idempotency/idempotency-step.js';
import type { IdempotencyOptions } from '../idempotency/options.js';
import type { Logger } from '../transport/logger.js';
import { CallersStep } from './callers/callers-step.js';
import type { CallerOptions } from './callers/options.js';
import { DeadlineStep } from './deadline/deadline-step.js';
import type { ServerStep } from './server-step.js';
import type { RequestOptions } from './shedding/options.js';
import { SheddingStep } from './shedding/shedding-step.js';

/** What a server may set for the steps. */
export interface AdmissionOptions {
  /** How many requests are handled and wait. */
  readonly requests?: RequestOptions | undefined;
  /** What one caller may take. */
  readonly callers?: CallerOptions | undefined;
  /** What becomes of requests with an idempotency key. */
  readonly idempotency?: IdempotencyOptions | undefined;
  /** @internal The steps that there are; {@link SERVER_POLICIES} but in tests. */
  readonly steps?: readonly string[] | undefined;
}

/** The steps that a request passes before its handler, in their one order: the first is the outermost. */
export const SERVER_POLICIES: readonly string[] = ['deadline', 'callers', 'shedding', 'idempotency'];

/**
 * The steps of a server, in the order of {@link SERVER_POLICIES}.
 *
 * What is cheapest to refuse goes first. A caller's limit stands before the queue, so that those it refuses take no place
 * there; keys stand after it, because to look one up may be work of its own.
 *
 * @throws ConfigurationError when the options cannot work
 */
export function serverSteps(
  service: string,
  clock: Clock,
  logger: Logger,
  { requests, callers, idempotency, steps = SERVER_POLICIES }: AdmissionOptions,
): readonly ServerStep[] {
  const shedding = new SheddingStep(service, clock, requests);
  const all: readonly ServerStep[] = [
    new DeadlineStep(),
    new CallersStep(service, callers, shedding.queue),
    shedding,
    new IdempotencyStep(service, clock, logger, idempotency),
  ];
  return all.filter(({ name }) => steps.includes(name));
}
