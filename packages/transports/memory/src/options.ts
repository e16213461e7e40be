import { ConfigurationError } from '@rookery/core';

/** See `memory`. */
export interface MemoryOptions {
  /**
   * Who shares this name in one process is on one bus; or this object, and then the bus goes with it. Default: the bus
   * without a name, which is that of `memory:`.
   */
  readonly bus?: string | object | undefined;
  /** How many requests wait for one service; more fail with QueueFull. Default 10,000. */
  readonly maxWaiting?: number | undefined;
  /** How many unsettled events one endpoint has; more are refused with QueueFull. Default 10,000. */
  readonly maxEvents?: number | undefined;
  /** Bytes of the largest body. Default 1,048,576, so that a later move to a broker meets the limit it will have there. */
  readonly maxBody?: number | undefined;
}

/** The options with all defaults, checked. */
export type Settings = { readonly [Name in keyof MemoryOptions]-?: NonNullable<MemoryOptions[Name]> };

/** @throws ConfigurationError when a limit is not a positive whole number */
export function settingsOf({ bus = '', maxWaiting, maxEvents, maxBody }: MemoryOptions): Settings {
  return {
    bus,
    maxWaiting: positive('maxWaiting', maxWaiting ?? 10_000),
    maxEvents: positive('maxEvents', maxEvents ?? 10_000),
    maxBody: positive('maxBody', maxBody ?? 1_048_576),
  };
}

function positive(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ConfigurationError(`memory: ${option} is ${value}; it has to be a whole number, at least 1`);
}
