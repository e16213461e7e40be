import type { MessageContext } from '../context/message-context.js';

/**
 * What handles a message. The data of a request with an upload are its items, an AsyncIterable. It may return a value, a promise of one, an async iterable (pulled as the reader takes
 * values), something that can be observed (buffered within a bound), or nothing; and a promise of any of these.
 */
export type Handler = (data: unknown, context: MessageContext) => unknown;

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
