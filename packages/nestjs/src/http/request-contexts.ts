import type { IncomingMessage } from 'node:http';
import { callContext, runInContext, type EdgeContext } from '@rookery/core';

/** The contexts of the HTTP requests that are being answered. */
export const requestContexts = new WeakMap<object, EdgeContext>();

/**
 * Runs `work` in the context of a request, where something between the middleware and here has lost it: on Fastify the
 * rest of a request with a body goes on in the turn that has read the body.
 *
 * @param request as the platform hands it to a handler; Fastify wraps Node's own as `raw`
 */
export function inRequestContext<R>(request: { readonly raw?: IncomingMessage }, work: () => R): R {
  const context = requestContexts.get(request.raw ?? request);
  return context === undefined || context === callContext() ? work() : runInContext(context, work);
}
