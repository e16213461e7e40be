import type { BeginCall, CallRequest, CallScope } from './call-request.js';
import { OutgoingCall } from './outgoing-call.js';

/** An answer, and whose it is. */
export interface Answer<T = unknown> {
  readonly value: T;
  /** `fallback`: the service could not answer, and a fallback stood in for it. */
  readonly source: 'service' | 'fallback';
  /** How many tries were sent. */
  readonly attempts: number;
  /** With a fallback: what the call failed with. */
  readonly error?: unknown;
}

/** A request of which the first value is the answer; `undefined` when the reply ends without one. */
export class PromiseCall extends OutgoingCall {
  readonly kind = 'request';
  readonly promise: Promise<unknown>;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(scope: CallScope, request: CallRequest) {
    super(scope, request, 1);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  static readonly begin: BeginCall<PromiseCall> = (scope, request) => new PromiseCall(scope, request);

  /** The answer and whose it is. */
  async answer(): Promise<Answer> {
    const value = await this.promise;
    const { attempt: attempts, fallbackFor } = this;
    if (!fallbackFor) return { value, source: 'service', attempts };
    return { value, source: 'fallback', attempts, error: fallbackFor.error };
  }

  protected onValue(value: unknown): void {
    this.abandon(); // of a stream, only the first value is wanted
    this.#resolve(value);
  }

  protected onEnd(): void {
    this.#resolve(undefined);
  }

  protected onError(error: unknown): void {
    this.#reject(error);
  }
}
