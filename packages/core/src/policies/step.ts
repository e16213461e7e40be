import type { CallOptions } from '../client/call-options.js';
import type { Body, Envelope } from '../envelope/envelope.js';
import type { AmbientContext } from '../context/ambient.js';
import type { MadeCall } from '../telemetry/made-call.js';
import type { PolicyValues } from './describe.js';

/** A call as its policies see it. */
export interface PolicyCall {
  readonly service: string;
  /** In its normal form. */
  readonly pattern: string;
  /** Whether the caller wants one value or all of them. */
  readonly kind: 'request' | 'stream';
  readonly options: CallOptions;
  /** What is sent; `timeout` and `attempt` are set when a try leaves. */
  readonly envelope: Envelope;
  /** The body as it is sent; `undefined` too with an upload. */
  readonly body: Body;
  /** The items that are sent in place of a body, if it has an upload. */
  readonly upload: object | undefined;
  /** The work during which the call is made: a message being handled, or what an edge has begun. */
  readonly context: AmbientContext | undefined;
  /** How many tries have been handed to the transport so far. */
  readonly attempt: number;
  /** When this try began, in monotonic milliseconds: read once for all steps. */
  readonly now: number;
  /** Milliseconds until its deadline; `Infinity` without one. */
  readonly remaining: number;
  /** Whether this try was handed to the transport, and not refused by a step. */
  readonly handed: boolean;
  /** Whether a try may have left this process. */
  readonly sent: boolean;
  /** Whether the same message can be sent again: not once something of an upload was taken from its source. */
  readonly replayable: boolean;
  /** Whether its first value is the only one, once it has come. */
  readonly single: boolean;
  /** Whether its caller has given it up, or has gone. */
  readonly gone: boolean;
  /** What it failed with, once it has. */
  readonly failure: { readonly error: unknown } | undefined;
  /** What it would have failed with, had no fallback answered. */
  readonly fallbackFor: { readonly error: unknown } | undefined;
  /** Whether its caller has declared that handling it twice is the same as once. Set by the retry step. */
  idempotent: boolean;
  /** @internal Sets the deadline, and how long each further item may take, in milliseconds from now. For the deadline step. */
  expireIn(timeout: number, idleTimeout: number): void;
  /** @internal The state of the breaker in which the try began. */
  generation: number;
  /** @internal Where somebody collects spans or metrics. */
  observed: MadeCall | undefined;
}

/** What a step may do about a failure. */
export type Remedy =
  /** Try again after so many milliseconds, through the steps that stand after this one. */
  | { readonly again: number }
  /**
   * Answer in the service's place. A promise is waited for, at most `within` milliseconds; if it fails or takes longer,
   * the call fails with what it would have failed with.
   */
  | { readonly answer: unknown; readonly within: number };

/**
 * One step of the list that a call passes, from the first to the last on its way out and back on its way in. Steps are
 * synchronous and have no state of a call: what they count, they count for the target. Their functions have no `this`.
 *
 *     caller -> begin, begin, … -> transport -> … , succeeded or failed -> caller
 *
 * For each `begin` that returned, exactly one of `succeeded` and `failed` follows, and `ended` once when the call is
 * over. Steps that stand after the retry see each try.
 */
export interface ClientStep {
  readonly name: string;
  /** Lets a try pass. What it throws refuses it: nothing is sent, the steps before it see it fail. */
  readonly begin?: (call: PolicyCall) => void;
  /** Its first value has come (`undefined` when the reply ended without one). Must not throw. */
  readonly succeeded?: (call: PolicyCall, value: unknown) => void;
  /**
   * It failed before a value came. What is returned is ignored when the caller has gone; `again` also when no time
   * is left. Must not throw.
   */
  readonly failed?: (call: PolicyCall, error: unknown) => Remedy | undefined;
  /** The call is over: its last value has come, or it failed, or the caller has gone. Must not throw. */
  readonly ended?: (call: PolicyCall) => void;
  /** See {@link ApplicationPolicy.around}. */
  readonly around?: ApplicationPolicy['around'] | undefined;
  /** Its options, for people. */
  readonly describe: () => PolicyValues;
}

/**
 * A step of the application's own, around a whole call and all its tries:
 *
 *     const measured: ApplicationPolicy = {
 *       name: 'measured',
 *       around: async (call, next) => {
 *         const value = await next();
 *         return value;
 *       },
 *     };
 *
 * It stands after `bulkhead` and before `retry` in the list; of several, the first is the outermost.
 */
export interface ApplicationPolicy {
  /** Shown in `describe()`; unique among them. */
  readonly name: string;
  /**
   * Wraps the call.
   *
   * - **Returning** answers the caller with that value, whether or not `next` was called: without it nothing is sent. Of
   *   a stream it is the first value; the others follow as they come, if `next()` gave one.
   * - **Throwing** fails the call with what was thrown; only a fallback helps then.
   * - **`next()`** lets the call go on and gives its first value, or throws what it failed with.
   * - **Calling `next` twice** does nothing a second time and throws ConfigurationError: to try again is the retry's.
   * - Returning while `next()` is under way gives that up and tells the service; `next()` then throws Cancelled.
   *
   * The deadline goes on meanwhile: when it passes, or the caller gives up, `next()` throws and what is returned or
   * thrown later is ignored. It runs in the caller's context.
   */
  around(call: PolicyCall, next: () => Promise<unknown>): Promise<unknown>;
}
