import { AsyncLocalStorage } from 'node:async_hooks';
import { context as telemetry } from '@opentelemetry/api';
import type { EdgeContext } from './edge-context.js';
import type { MessageContext } from './message-context.js';

/** A {@link CallContext} of either kind; `message` is the message being handled, if one is. */
export type AmbientContext = MessageContext | EdgeContext;

/** @internal Holds the context of the work at hand. */
export const ambient = new AsyncLocalStorage<AmbientContext | undefined>();

/** The context of the work at hand: of the message being handled, or of what was begun at an edge; `undefined` outside. */
export function callContext(): AmbientContext | undefined {
  return ambient.getStore();
}

/** The context of the message being handled, anywhere below its handler; `undefined` outside. */
export function currentContext(): MessageContext | undefined {
  return ambient.getStore()?.message;
}

/** Runs `work` below `context`, or outside of any. Two handlers started in one turn never see each other's. */
export function runInContext<R>(context: AmbientContext | undefined, work: () => R): R {
  if (context?.telemetry === undefined) return ambient.run(context, work);
  return telemetry.with(context.telemetry, () => ambient.run(context, work));
}
