import type { Timer } from '../clock/clock.js';
import type { Cancellable } from '../context/message-context.js';
import type { Body, Envelope } from '../envelope/envelope.js';
import { Cancelled, ProtocolViolation } from '../errors/conditions.js';
import { cameFrom } from '../errors/origin.js';
import { isRookeryError } from '../errors/rookery-error.js';
import { decodeFailure } from '../errors/wire.js';
import type { ListedCall, Turn } from '../policies/list.js';
import type { MadeCall } from '../telemetry/made-call.js';
import type { Call, CancelCause, ReplySink } from '../transport/transport.js';
import type { CallRequest, CallScope, OpenCall } from './call-request.js';
import { doubtful } from './doubt.js';
import { TimedCall } from './timed-call.js';

/**
 * One request under way, from the caller's side, over all its tries: it ends exactly once, by its last value, an error, its
 * deadline or a cancel, whichever is first, and is marked over before anybody is told, so that a reader who stops at the
 * last value cancels nothing.
 *
 *     start -> policies -> send -> Transport.request -> reply, fail or lost -> policies -> onValue, onEnd or onError
 */
export abstract class OutgoingCall extends TimedCall implements ReplySink, Cancellable, ListedCall, OpenCall {
  abstract readonly kind: 'request' | 'stream';
  readonly #window: number;
  #call: Call | undefined;
  /** Until the next try. */
  #pause: Timer | undefined;
  /** A try has ended without telling whether it was handled. */
  #doubtful = false;
  /** The first value has come; an application's policy may hold it. */
  #replied = false;
  /** The policies have the first value, the reader does not yet: what comes after it waits. */
  #holding = false;
  #held: (() => void)[] | undefined;
  /** What the call failed with, when a fallback answers in its place. */
  #unhelped: { readonly error: unknown } | undefined;
  /** The reader has gone, and is told nothing more. */
  #abandoned = false;

  earlier: OpenCall | undefined = undefined;
  later: OpenCall | undefined = undefined;
  depth = 0;
  begun = 0;
  generation = 0;
  handed = false;
  gone = false;
  over = false;
  single = false;
  idempotent = false;
  turns: (Turn | undefined)[] | undefined = undefined;
  observed: MadeCall | undefined = undefined;
  failure: { readonly error: unknown } | undefined = undefined;

  /** @param window how many values may come before the reader grants more */
  constructor(scope: CallScope, request: CallRequest, window: number) {
    super(scope, request, window);
    this.#window = window;
  }

  /** One value; `last` when the reply ends with it. Called after the call is marked as over, if it is. */
  protected abstract onValue(value: unknown, last: boolean): void;
  /** The reply ended without a further value. */
  protected abstract onEnd(): void;
  protected abstract onError(error: unknown): void;

  get sent(): boolean {
    return this.#doubtful || (this.handed && (this.#call?.sent ?? false));
  }

  get replayable(): boolean {
    return !this.upload?.spent;
  }

  /** What the call failed with, once a fallback has answered; `undefined` when the service has. */
  get fallbackFor(): { readonly error: unknown } | undefined {
    return this.#unhelped;
  }

  /** Begins; what goes wrong at once is told as what goes wrong later. */
  start(): void {
    const { context, options, policies } = this.request;
    this.scope.open.add(this);
    context?.message?.adopt(this);
    const { signal } = options;
    if (signal?.aborted) this.handleEvent();
    else {
      signal?.addEventListener('abort', this, { once: true });
      policies.enter(this, 0);
    }
  }

  /** The reader wants `count` more values. */
  grant(count: number): void {
    if (this.over) return;
    this.credit += count;
    this.#call?.credit(count);
    if (this.credit === count && this.streaming) this.watch();
  }

  /** Ends the call with `error`, telling the other side; harmless when it is over. */
  giveUp(error: unknown): void {
    if (this.over) return;
    this.gone = true;
    this.#finish(error, 'caller');
  }

  /** Ends the call without telling the reader, who has gone. */
  abandon(): void {
    if (this.over) return;
    this.#abandoned = true;
    this.giveUp(this.streaming ? undefined : new Cancelled(`the caller of ${this.pattern} has gone`));
  }

  uploadMoved(): void {
    if (!this.over && !this.#holding && !this.#unhelped) this.watch();
  }

  cancelledBy(reason: Error): void {
    this.giveUp(reason);
  }

  /** The caller's signal. */
  handleEvent(): void {
    const { signal } = this.options;
    const what = `the call of ${this.pattern} on '${this.service}' was cancelled by its caller`;
    this.giveUp(new Cancelled(what, { cause: signal?.reason }));
  }

  expire(): void {
    if (this.#unhelped) this.request.policies.failed(this, this.#unhelped.error, true);
    else this.#finish(this.late(), 'deadline');
  }

  // What the transport tells.

  reply(body: Body, last: boolean): void {
    if (this.over || !this.handed) return;
    if (this.#holding) {
      (this.#held ??= []).push(() => this.reply(body, last));
      return;
    }
    if (!last && this.credit <= 0) {
      this.#finish(
        new ProtocolViolation(`'${this.service}' sent a value of ${this.pattern} without credit`),
        'caller',
      );
      return;
    }
    let value: unknown;
    try {
      value = this.scope.codec.decode(body);
    } catch (error) {
      this.#finish(error, 'caller');
      return;
    }
    if (this.#replied) {
      if (last) this.#end();
      else this.awaitNext();
      this.#deliver(value, last);
      return;
    }
    this.#replied = true;
    this.single = last;
    this.#holding = true;
    this.request.policies.succeeded(this, value);
  }

  fail(failure: string): void {
    this.#failed(decodeFailure(failure, this.scope.acceptStack));
  }

  lost(error: unknown): void {
    this.#failed(error);
  }

  // What the policies ask for.

  send(): void {
    const { service, options, body } = this.request;
    this.attempt++;
    this.handed = true;
    this.credit = this.#window;
    const target = options.replica === undefined ? { service } : { service, replica: options.replica };
    const message = { envelope: this.#sealed(), body };
    this.#call = this.scope.transport.request(target, message, this.#window, this);
    this.upload?.attach(this.#call);
  }

  withdraw(why: CancelCause = 'caller'): void {
    this.#pause?.cancel();
    this.#pause = undefined;
    if (this.handed) this.#call?.cancel(why);
    this.handed = false;
  }

  again(delay: number, from: number): void {
    this.handed = false;
    this.#pause = this.scope.clock.after(delay, () => {
      this.#pause = undefined;
      this.request.policies.enter(this, from);
    });
  }

  answered(value: unknown): void {
    // Nothing follows but from a service that has begun a stream, and is still heard.
    const last = this.single || !this.#replied || !this.handed;
    this.streaming = true;
    if (last) this.#end();
    else this.awaitNext();
    this.#holding = false;
    this.#deliver(value, last);
    if (this.#held) for (const tell of this.#held.splice(0)) tell();
  }

  helped(answer: unknown, within: number, error: unknown): void {
    this.#unhelped = { error };
    const done = (value: unknown): void => {
      if (!this.over) this.request.policies.succeeded(this, value);
    };
    if (!isThenable(answer)) {
      done(answer);
      return;
    }
    this.scope.deadlines.arm(this, within);
    Promise.resolve(answer).then(done, () => {
      if (!this.over) this.request.policies.failed(this, error, true);
    });
  }

  failedFor(error: unknown): void {
    // A reader that leaves a stream early has had what it wanted.
    if (!this.#abandoned || !this.streaming) this.failure = { error };
    this.#end();
    if (!this.#abandoned) this.onError(cameFrom(this.#told(error), this.service));
  }

  #told(error: unknown): unknown {
    if (this.#doubtful) return doubtful(error, 'an earlier try may have been handled');
    return this.streaming ? doubtful(error, 'the stream had begun') : error;
  }

  /** A try, or what followed its first value, has failed. */
  #failed(error: unknown): void {
    if (this.over || !this.handed) return;
    if (this.#holding) {
      (this.#held ??= []).push(() => this.#failed(error));
      return;
    }
    if (this.streaming) {
      this.failedFor(error);
      return;
    }
    if (isRookeryError(error) && error.recourse === 'unknown') this.#doubtful = true;
    this.request.policies.failed(this, error);
  }

  /** The call has failed, and no further try helps. */
  #finish(error: unknown, why: CancelCause): void {
    if (this.sent) this.#doubtful = true;
    this.withdraw(why);
    if (this.streaming) this.failedFor(error);
    else this.request.policies.failed(this, error, true);
  }

  #deliver(value: unknown, last: boolean): void {
    if (last && value === undefined) this.onEnd();
    else this.onValue(value, last);
  }

  /** The envelope of this try. The first has the original, so that nothing is copied for it. */
  #sealed(): Envelope {
    const envelope = this.request.envelope as { -readonly [K in keyof Envelope]: Envelope[K] };
    const { idempotent, attempt } = this;
    const timeout = this.armed ? Math.max(0, this.expiresAt - this.now) : undefined;
    if (attempt > 1) return { ...envelope, timeout, attempt };
    envelope.timeout = timeout;
    if (idempotent) envelope.attempt = attempt;
    return envelope;
  }

  #end(): void {
    this.over = true;
    const { context, options, policies } = this.request;
    this.scope.open.delete(this);
    this.scope.deadlines.disarm(this);
    this.#pause?.cancel();
    this.upload?.release();
    context?.message?.release(this);
    options.signal?.removeEventListener('abort', this);
    policies.ended(this);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
