import type { PolicyValues } from '../policies/describe.js';
import { resolve } from '../policies/layers.js';
import { assertLimits } from '../policies/limits.js';

/**
 * When an endpoint pauses because something that its handler needs is broken: once too large a share of its tries fails, it
 * takes no events for a while, then one, and goes on when that one is handled. What fails meanwhile does not count as an
 * attempt, so that a broken database does not empty a queue into the dead letters. Events that are given up at once, as
 * those that cannot be read, count neither as tries nor as failures.
 *
 * @see https://masstransit.io/documentation/configuration/middleware/filters (kill switch)
 */
export interface KillSwitchOptions {
  /** The share of the tries of the last `window` that have to fail. Default 0.5. */
  readonly threshold?: number | undefined;
  /** How many tries there have to be within `window` before it can pause. Default 20. */
  readonly minimum?: number | undefined;
  /** Milliseconds that are looked at. Default 30,000. */
  readonly window?: number | undefined;
  /** Milliseconds before the first probe; doubled each time that a probe fails. Default 5,000. */
  readonly pause?: number | undefined;
  /** Milliseconds beyond which that does not grow. Default 60,000. */
  readonly maxPause?: number | undefined;
}

export type KillSwitchSettings = { readonly [K in keyof KillSwitchOptions]-?: number };

export const DEFAULT_KILL_SWITCH: KillSwitchSettings = {
  threshold: 0.5,
  minimum: 20,
  window: 30_000,
  pause: 5_000,
  maxPause: 60_000,
};

/**
 * `undefined` when it is off: the innermost of the two that says something of it says `false`.
 *
 * @param endpoint for messages
 * @throws ConfigurationError that names the option
 */
export function resolveKillSwitch(
  endpoint: string,
  server: KillSwitchOptions | false | undefined,
  own: KillSwitchOptions | false | undefined,
): { readonly values: KillSwitchSettings; readonly described: PolicyValues } | undefined {
  const resolved = resolve<KillSwitchSettings, KillSwitchOptions | false | undefined>(
    DEFAULT_KILL_SWITCH,
    [
      { from: 'server', policies: server },
      { from: 'endpoint', policies: own },
    ],
    (options) => options,
  );
  const limits = { threshold: [0, 1], minimum: [1], window: [1], pause: [1], maxPause: [1] } as const;
  if (resolved) assertLimits('killSwitch', `the endpoint ${endpoint}`, resolved.values, limits);
  return resolved;
}
