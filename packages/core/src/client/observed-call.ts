import { runInContext } from '../context/ambient.js';
import type { CallRequest, CallScope } from './call-request.js';
import { OutgoingCall } from './outgoing-call.js';

/** Who takes the values of a reply as they come. */
export interface ReplyObserver {
  next(value: unknown): void;
  complete(): void;
  error(error: unknown): void;
}

/** How many values may be on their way to an observer, who takes each at once. */
const WINDOW = 64;

/**
 * A request whose values are pushed to an observer; it cannot be slowed, so credit is given back as values arrive. The
 * observer runs in the context of who made the call: what brings the values, a socket for one, may have been made in
 * that of another message.
 */
export class ObservedCall extends OutgoingCall {
  readonly kind = 'stream';
  readonly #observer: ReplyObserver;
  #taken = 0;

  constructor(scope: CallScope, request: CallRequest, observer: ReplyObserver) {
    super(scope, request, WINDOW);
    this.#observer = observer;
  }

  protected onValue(value: unknown, last: boolean): void {
    if (!last && ++this.#taken === WINDOW / 2) {
      this.#taken = 0;
      this.grant(WINDOW / 2);
    }
    this.#within(() => {
      this.#observer.next(value);
      if (last) this.#observer.complete();
    });
  }

  protected onEnd(): void {
    this.#within(() => this.#observer.complete());
  }

  protected onError(error: unknown): void {
    this.#within(() => this.#observer.error(error));
  }

  #within(work: () => void): void {
    const { observed } = this;
    runInContext(this.context, observed ? () => observed.within(work) : work);
  }
}
