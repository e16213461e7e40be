/** See `memory`. */
export interface MemoryOptions {
  /** Who shares this name in one process is on one bus. Default: the bus without a name, which is that of `memory:`. */
  readonly bus?: string | undefined;
  /**
   * How many unsettled events one endpoint may have before further ones are refused with QueueFull, and how many requests
   * may wait for a service that nobody serves. Default 10,000.
   */
  readonly maxQueue?: number | undefined;
  /** Bytes of the largest body. Default 1,048,576, so that a later move to a broker meets the limit it will have there. */
  readonly maxBody?: number | undefined;
}

export const DEFAULT_MAX_QUEUE = 10_000;
export const DEFAULT_MAX_BODY = 1_048_576;
