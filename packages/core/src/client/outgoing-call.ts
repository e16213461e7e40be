import { Expiring, type Deadlines } from '../clock/deadlines.js';
import type { Codec } from '../codec/codec.js';
import type { AmbientContext } from '../context/ambient.js';
import type { Cancellable } from '../context/message-context.js';
import type { Body } from '../envelope/envelope.js';
import { Cancelled, DeadlineExceeded } from '../errors/conditions.js';
import { isRookeryError } from '../errors/rookery-error.js';
import { decodeFailure } from '../errors/wire.js';
import type { Call, CancelCause, ReplySink, Transport } from '../transport/transport.js';

/** What a call needs to know of the client that makes it. */
export interface CallScope {
  readonly transport: Transport;
  readonly codec: Codec;
  readonly deadlines: Deadlines;
  readonly acceptStack: boolean;
  /** The calls that are open; the client ends them when it closes. */
  readonly open: Set<OutgoingCall>;
}

/** The words for messages about a call. */
export interface CallTarget {
  readonly service: string;
  readonly pattern: string;
}

/** For how long a call waits, in milliseconds. */
export interface CallTimes {
  /** For the first answer. */
  readonly timeout: number;
  /** For each further one. */
  readonly idleTimeout: number;
}

/** Makes a call of the kind that the caller wants. */
export type BeginCall<C extends OutgoingCall> = (
  scope: CallScope,
  target: CallTarget,
  times: CallTimes,
  context: AmbientContext | undefined,
) => C;

/**
 * One request under way, from the caller's side: it ends exactly once, by its last value, an error, its deadline or a
 * cancel, whichever is first, and is marked ended before anybody is told, so that a reader who stops at the last value
 * cancels nothing.
 */
export abstract class OutgoingCall extends Expiring implements ReplySink, Cancellable {
  readonly #scope: CallScope;
  readonly #target: CallTarget;
  readonly #times: CallTimes;
  /** The work during which the call was made. */
  protected readonly context: AmbientContext | undefined;
  #signal: AbortSignal | undefined;
  #call: Call | undefined;
  #credit: number;
  #streaming = false;
  protected ended = false;

  /** @param credit how many values the first window lets come */
  constructor(
    scope: CallScope,
    target: CallTarget,
    times: CallTimes,
    context: AmbientContext | undefined,
    credit: number,
  ) {
    super();
    this.#scope = scope;
    this.#target = target;
    this.#times = times;
    this.context = context;
    this.#credit = credit;
    scope.open.add(this);
    context?.message?.adopt(this);
    scope.deadlines.arm(this, times.timeout);
  }

  /** Ties the call to what the transport gave for it. */
  attach(call: Call, signal: AbortSignal | undefined): void {
    if (this.ended) {
      call.cancel();
      return;
    }
    this.#call = call;
    if (!signal) return;
    this.#signal = signal;
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** One value; `last` when the reply ends with it. Called after the call is marked as ended, if it is. */
  protected abstract onValue(value: unknown, last: boolean): void;
  /** The reply ended without a further value. */
  protected abstract onEnd(): void;
  protected abstract onError(error: unknown): void;

  reply(body: Body, last: boolean): void {
    if (this.ended) return;
    let value: unknown;
    try {
      value = this.#scope.codec.decode(body);
    } catch (error) {
      this.giveUp(error);
      return;
    }
    if (!last) this.#awaitNext();
    else this.#end();
    if (last && body === undefined) this.onEnd();
    else this.onValue(value, last);
  }

  fail(failure: string): void {
    if (this.ended) return;
    this.#end();
    this.onError(decodeFailure(failure, this.#scope.acceptStack));
  }

  lost(error: unknown): void {
    if (this.ended) return;
    this.#end();
    this.onError(error);
  }

  /** The reader wants `count` more values. */
  grant(count: number): void {
    if (this.ended) return;
    if (this.#credit === 0 && this.#streaming) this.#scope.deadlines.arm(this, this.#times.idleTimeout);
    this.#credit += count;
    this.#call?.credit(count);
  }

  /** Ends the call with `error`, telling the other side; harmless when it has ended. */
  giveUp(error: unknown, why: CancelCause = 'caller'): void {
    if (this.ended) return;
    this.#end();
    this.#call?.cancel(why);
    this.onError(error);
  }

  /** Ends the call without telling the reader, who has gone. */
  abandon(): void {
    if (this.ended) return;
    this.#end();
    this.#call?.cancel();
  }

  cancelledBy(reason: Error): void {
    this.giveUp(reason);
  }

  expire(): void {
    const { service, pattern } = this.#target;
    if (this.#streaming) {
      this.giveUp(
        new DeadlineExceeded(
          `the stream ${pattern} of '${service}' was silent for ${this.#times.idleTimeout} ms`,
        ),
      );
      return;
    }
    const what = `no answer from '${service}' to ${pattern} within ${Math.round(this.#times.timeout)} ms`;
    if (this.#call?.sent) {
      this.giveUp(new DeadlineExceeded(`${what}; it was sent, and may have been handled`), 'deadline');
      return;
    }
    const { state } = this.#scope.transport;
    const cause = 'cause' in state && isRookeryError(state.cause) ? state.cause : undefined;
    const why = cause ? `: ${cause.message}` : '';
    this.giveUp(new DeadlineExceeded(`${what}; it was never sent${why}`, { recourse: 'retryable', cause }));
  }

  readonly #onAbort = (): void => {
    const { service, pattern } = this.#target;
    const cause: unknown = this.#signal?.reason;
    this.giveUp(
      new Cancelled(`the call of ${pattern} on '${service}' was cancelled by its caller`, { cause }),
    );
  };

  /** The idle timeout counts only while the other side may send. */
  #awaitNext(): void {
    this.#streaming = true;
    this.#credit--;
    if (this.#credit > 0) this.#scope.deadlines.arm(this, this.#times.idleTimeout);
    else this.#scope.deadlines.disarm(this);
  }

  #end(): void {
    this.ended = true;
    this.#scope.open.delete(this);
    this.#scope.deadlines.disarm(this);
    this.context?.message?.release(this);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
