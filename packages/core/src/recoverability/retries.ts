import type { PolicyValues } from '../policies/describe.js';
import { resolve } from '../policies/layers.js';
import { assertLimits } from '../policies/limits.js';
import { DEFAULT_RETRIES, type RetrySchedule } from './retry-schedule.js';

/** A class of errors, of which `instanceof` tells. */
export type ErrorClass = abstract new (...parameters: never) => object;

/**
 * What becomes of an event whose handler fails: it is tried again at once, then delivered again later, and at last it is
 * given up and put among the dead letters. Each field may be set for a server and for an endpoint; the endpoint's counts.
 */
export interface EventRetryOptions {
  /**
   * How often it is tried again at once, within each delivery, which stays one attempt. For what a moment mends: a deadlock,
   * a lost race for a row. Default 0, because the first redelivery comes within 0.1 seconds and holds nobody up.
   */
  readonly immediate?: number | undefined;
  /** How many deliveries there are in all; 1 means no redelivery. Default 5. */
  readonly attempts?: number | undefined;
  /** Milliseconds before the second delivery, at most, and half of it at least. Default 100. */
  readonly firstDelay?: number | undefined;
  /** How many times as long each further wait is. Default 4. */
  readonly factor?: number | undefined;
  /** Milliseconds that no wait exceeds but one that the error itself asks for (`retryAfter`). Default 30,000. */
  readonly maxDelay?: number | undefined;
  /** Errors after which the event is given up at once: classes, or what the error has as its `code` or `name`. Default none. */
  readonly terminal?: readonly (ErrorClass | string)[] | undefined;
  /** Whether the event is given up at once after this error. One that throws says no. Default: never. */
  readonly giveUp?: ((this: void, error: unknown) => boolean) | undefined;
}

/** {@link EventRetryOptions} with all defaults filled in. */
export interface EventRetries extends RetrySchedule {
  readonly immediate: number;
  readonly terminal: readonly (ErrorClass | string)[];
  readonly giveUp: (this: void, error: unknown) => boolean;
}

export const DEFAULT_EVENT_RETRIES: EventRetries = {
  immediate: 0,
  ...DEFAULT_RETRIES,
  terminal: [],
  giveUp: () => false,
};

/**
 * @param endpoint for messages
 * @throws ConfigurationError that names the option
 */
export function resolveRetries(
  endpoint: string,
  server: EventRetryOptions | undefined,
  own: EventRetryOptions | undefined,
): { readonly retries: EventRetries; readonly described: PolicyValues } {
  const layers = [
    { from: 'server', policies: server },
    { from: 'endpoint', policies: own },
  ] as const;
  // It is always on: there is no `false` among the layers.
  const { values, described } = resolve<EventRetries, EventRetryOptions | undefined>(
    DEFAULT_EVENT_RETRIES,
    layers,
    (options) => options,
  ) as NonNullable<ReturnType<typeof resolve<EventRetries>>>;
  const limits = { immediate: [0], attempts: [1], firstDelay: [0], factor: [0], maxDelay: [0] } as const;
  assertLimits('retries', `the endpoint ${endpoint}`, values, limits);
  return { retries: values, described };
}
