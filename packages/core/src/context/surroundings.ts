import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { context as telemetry } from '@opentelemetry/api';
import { isLent } from '../runtime/runtime.js';
import { ambient, runInContext } from './ambient.js';
import type { MessageContext } from './message-context.js';

/** Its scope has nothing that is ambient anywhere else. */
const outside = new AsyncResource('rookery');

/**
 * What is ambient for those who handle messages, but for the message: nothing, however the server was started and whatever
 * happens to bring the message; in a test harness what it has lent.
 *
 * `AsyncLocalStorage.run` makes a frame on its way in and another on its way out, each with a copy of all that is ambient,
 * which takes more than all else that is done for a small request. The scope of a resource, which is left as it was found,
 * needs only the first. Before Node 24 there are no frames: `run` costs little, and is what is done.
 */
export class Surroundings {
  readonly #resource = isLent() ? new AsyncResource('rookery') : outside;

  /** Runs `work` below `context`. Two handlers started in one turn never see each other's. */
  run<R>(context: MessageContext, work: () => R): R {
    if (!FRAMED) return runInContext(context, work);
    return this.#resource.runInAsyncScope(enter<R>, undefined, context, work);
  }
}

function enter<R>(context: MessageContext, work: () => R): R {
  ambient.enterWith(context);
  return context.telemetry === undefined ? work() : telemetry.with(context.telemetry, work);
}

/** Whether what is entered in the scope of a resource ends with it. */
export const FRAMED = ((): boolean => {
  const storage = new AsyncLocalStorage<true>();
  const resource = new AsyncResource('rookery');
  resource.runInAsyncScope(() => storage.enterWith(true));
  const left = resource.runInAsyncScope(() => storage.getStore());
  storage.disable();
  return left === undefined;
})();
