import { OutgoingCall, type CallScope, type CallTarget } from './outgoing-call.js';
import type { MessageContext } from '../context/message-context.js';

/** A request of which the first value is the answer; `undefined` when the reply ends without one. */
export class PromiseCall extends OutgoingCall {
  readonly promise: Promise<unknown>;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(
    scope: CallScope,
    target: CallTarget,
    times: { timeout: number; idleTimeout: number },
    context: MessageContext | undefined,
  ) {
    super(scope, target, times, context, 1);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
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
