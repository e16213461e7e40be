import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  acceptTracestate,
  EdgeContext,
  formatTraceparent,
  isCorrelationId,
  parseTraceparent,
  runInContext,
  type EdgeFields,
  type Random,
} from '@rookery/core';
import type { HttpOptions } from './options.js';

const CORRELATION_HEADER = 'x-correlation-id';
/** Longer baggage need not be passed on, by W3C Baggage. */
const MAX_BAGGAGE = 8192;

/** Begins a context for each HTTP request, as middleware that is there before any of the application's. */
export class HttpEdge {
  readonly #options: HttpOptions;
  readonly #correlationHeaders: readonly string[];
  readonly #random: Random;
  readonly #begun = new WeakSet<IncomingMessage>();

  constructor(options: HttpOptions, random: Random) {
    this.#options = options;
    const { correlationHeaders = [CORRELATION_HEADER, 'x-request-id'] } = options;
    this.#correlationHeaders = correlationHeaders.map((name) => name.toLowerCase());
    this.#random = random;
  }

  readonly middleware = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (this.#begun.has(request)) {
      next(); // Nest may mount a middleware twice, within a global prefix and beside it
      return;
    }
    const context = new EdgeContext(this.#fieldsOf(request), this.#random);
    this.#begun.add(request);
    const { responseHeader = CORRELATION_HEADER } = this.#options;
    if (responseHeader !== false) response.setHeader(responseHeader, context.correlationId);
    runInContext(context, next);
  };

  #fieldsOf({ headers }: IncomingMessage): EdgeFields {
    const { trace = true, baggage = true, tenantHeader, callerHeader } = this.#options;
    const text = (name: string): string | undefined => {
      const value = headers[name.toLowerCase()];
      return typeof value === 'string' ? value : undefined;
    };
    const correlationId = this.#correlationHeaders
      .map(text)
      .find((value) => value !== undefined && isCorrelationId(value));
    const traceparent = trace ? text('traceparent') : undefined;
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    const tracestate = parent && text('tracestate');
    const members = baggage ? text('baggage') : undefined;
    return {
      correlationId,
      traceparent: parent && formatTraceparent(parent),
      tracestate: tracestate === undefined ? undefined : acceptTracestate(tracestate),
      baggage: members !== undefined && members.length <= MAX_BAGGAGE ? members : undefined,
      tenant: tenantHeader === undefined ? undefined : visible(text(tenantHeader)),
      caller: callerHeader === undefined ? undefined : visible(text(callerHeader)),
    };
  }
}

function visible(value: string | undefined): string | undefined {
  return value !== undefined && /^[\x20-\x7e]{1,256}$/.test(value) ? value : undefined;
}
