import type { BeginCall, CallRequest, CallScope } from './call-request.js';
import { OutgoingCall } from './outgoing-call.js';

/** How many values may wait here for the reader, who grants more as it takes them. */
const WINDOW = 64;

type Waiting = { resolve: (result: IteratorResult<unknown>) => void; reject: (error: unknown) => void };

/**
 * A request whose values are pulled. The other side is never more than the window ahead of the reader, and leaving the
 * loop cancels it.
 */
export class StreamCall extends OutgoingCall implements AsyncIterableIterator<unknown> {
  readonly kind = 'stream';
  readonly #values: unknown[] = [];
  readonly #waiting: Waiting[] = [];
  #taken = 0;
  #finished = false;
  #failure: { error: unknown } | undefined;

  constructor(scope: CallScope, request: CallRequest) {
    super(scope, request, WINDOW);
  }

  static readonly begin: BeginCall<StreamCall> = (scope, request) => new StreamCall(scope, request);

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#values.length > 0) {
      const value = this.#values.shift();
      this.#took();
      return Promise.resolve({ value, done: false });
    }
    if (this.#failure) {
      const { error } = this.#failure;
      this.#failure = undefined;
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as PromiseCall
      return Promise.reject(error);
    }
    if (this.#finished) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<unknown>> {
    this.abandon();
    this.#finish();
    this.#values.length = 0;
    return Promise.resolve({ value: undefined, done: true });
  }

  protected onValue(value: unknown, last: boolean): void {
    const reader = this.#waiting.shift();
    if (reader) {
      reader.resolve({ value, done: false });
      this.#took();
    } else this.#values.push(value);
    if (last) this.#finish();
  }

  protected onEnd(): void {
    this.#finish();
  }

  protected onError(error: unknown): void {
    const reader = this.#waiting.shift();
    if (reader) reader.reject(error);
    else this.#failure = { error };
    this.#finish();
  }

  #took(): void {
    if (++this.#taken < WINDOW / 2) return;
    this.grant(this.#taken);
    this.#taken = 0;
  }

  #finish(): void {
    this.#finished = true;
    for (const reader of this.#waiting.splice(0)) reader.resolve({ value: undefined, done: true });
  }
}
