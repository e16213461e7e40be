import {
  OutgoingCall,
  type BeginCall,
  type CallScope,
  type CallTarget,
  type CallTimes,
} from './outgoing-call.js';
import type { AmbientContext } from '../context/ambient.js';

/** A request of which the first value is the answer; `undefined` when the reply ends without one. */
export class PromiseCall extends OutgoingCall {
  readonly promise: Promise<unknown>;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(scope: CallScope, target: CallTarget, times: CallTimes, context: AmbientContext | undefined) {
    super(scope, target, times, context, 1);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  static readonly begin: BeginCall<PromiseCall> = (scope, target, times, context) =>
    new PromiseCall(scope, target, times, context);

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
