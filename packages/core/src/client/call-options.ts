import type { Headers } from '../envelope/envelope.js';

/** What one call may set for itself. */
export interface CallOptions {
  /** The service to talk to. */
  readonly to?: string | undefined;
  /** One certain replica of it. */
  readonly replica?: string | undefined;
  /** Milliseconds; never more than is left to the message being handled. */
  readonly timeout?: number | undefined;
  /** Milliseconds between two items of a stream. */
  readonly idleTimeout?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly key?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** See {@link ClientPolicies.idempotent}. */
  readonly idempotent?: boolean | undefined;
  /** `false`: it is not tried again. */
  readonly retry?: false | undefined;
  /** `false`: no fallback answers it. */
  readonly fallback?: false | undefined;
  /** Gives the call up when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** What one event may set for itself. */
export interface PublishOptions {
  /** Only this service gets it. */
  readonly to?: string | undefined;
  readonly headers?: Headers | undefined;
  /** Events of one publisher with one key are handled in their order by ordered endpoints. */
  readonly key?: string | undefined;
  /** Milliseconds before it may be delivered. Default 0. */
  readonly delay?: number | undefined;
}

/** Milliseconds; see {@link ClientOptions.timeout} and {@link ClientOptions.idleTimeout}. */
export const DEFAULT_TIMEOUT = 30_000;

export const DEFAULT_UPLOAD_BUFFER = 1024;
