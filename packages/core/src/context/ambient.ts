import { AsyncLocalStorage } from 'node:async_hooks';
import type { MessageContext } from './message-context.js';

const storage = new AsyncLocalStorage<MessageContext | undefined>();

/** The context of the message being handled, anywhere below its handler; `undefined` outside. */
export function currentContext(): MessageContext | undefined {
  return storage.getStore();
}

/** Runs `work` below `context`, or outside of any. Two handlers started in one turn never see each other's. */
export function runInContext<R>(context: MessageContext | undefined, work: () => R): R {
  return storage.run(context, work);
}
