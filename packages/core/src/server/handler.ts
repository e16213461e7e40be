import type { MessageContext } from '../context/message-context.js';

/**
 * What handles a message. It may return a value, a promise of one, an async iterable (pulled as the reader takes
 * values), something that can be observed (buffered within a bound), or nothing; and a promise of any of these.
 */
export type Handler = (data: unknown, context: MessageContext) => unknown;

/** What RxJS's Observable is, as far as is needed here. */
export interface ObservableLike {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): {
    unsubscribe(): void;
  };
}

export function isObservableLike(value: unknown): value is ObservableLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    'subscribe' in value &&
    typeof value.subscribe === 'function'
  );
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
