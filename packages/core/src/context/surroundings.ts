import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { context as telemetry } from '@opentelemetry/api';
import { ambient, runInContext } from './ambient.js';
import type { MessageContext } from './message-context.js';

/**
 * What is ambient where it is made, for the handling of messages, which has nothing to do with whatever happens to bring
 * them.
 *
 * `AsyncLocalStorage.run` makes a frame on its way in and another on its way out, each with a copy of all that is ambient,
 * which takes more than all else that is done for a small request. The scope of a resource, which is left as it was found,
 * needs only the first. Before Node 24 there are no frames: `run` costs little, and what is ambient where a message is
 * brought is seen by its handler too.
 */
export class Surroundings {
  readonly #resource = new AsyncResource('rookery');

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
const FRAMED = ((): boolean => {
  const storage = new AsyncLocalStorage<true>();
  const resource = new AsyncResource('rookery');
  resource.runInAsyncScope(() => storage.enterWith(true));
  return resource.runInAsyncScope(() => storage.getStore()) === undefined;
})();
