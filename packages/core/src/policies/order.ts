import { breaker } from './breaker/breaker-step.js';
import { bulkhead } from './bulkhead/bulkhead-step.js';
import { deadline } from './deadline/deadline-step.js';
import { fallback } from './fallback/fallback-step.js';
import { application } from './application.js';
import type { StepMaker } from './maker.js';
import { retry } from './retry/retry-step.js';
import { telemetry } from './telemetry/telemetry-step.js';
import { throttle } from './throttle/throttle-step.js';

/**
 * The policies of a client, in their one order: the first is the outermost.
 *
 * - `telemetry` sees the call as its caller does, answered by a fallback or not.
 * - `fallback` sees how the call ends after all else.
 * - `deadline` bounds all tries together.
 * - `bulkhead` gives the call its place once, however often it is tried.
 * - `application`: the application's own.
 * - `retry` has the steps after it and the transport tried again.
 * - `throttle` and `breaker` see each try, so that a retry cannot pass them.
 */
export const CLIENT_POLICIES: readonly StepMaker[] = [
  telemetry,
  fallback,
  deadline,
  bulkhead,
  application,
  retry,
  throttle,
  breaker,
];
