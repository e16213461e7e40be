import {
  createTraceState,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import type { CallContext } from '../context/call-context.js';
import { parseTraceparent } from '../context/trace-context.js';

/** The span on the other side that a context came from, if it names one. */
function remoteSpanContext({ traceparent, tracestate }: CallContext): SpanContext | undefined {
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (!parent) return undefined;
  return {
    traceId: parent.traceId,
    spanId: parent.spanId,
    traceFlags: parent.flags,
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
  };
}

/** What OpenTelemetry is told of a context that came from elsewhere: its span and its baggage. */
export function remoteContext(from: CallContext): Context {
  let context = ROOT_CONTEXT;
  const span = remoteSpanContext(from);
  if (span) context = trace.setSpanContext(context, span);
  if (from.baggageHeader !== undefined) {
    const entries = Array.from(from.baggage, ([name, value]) => [name, { value }] as const);
    context = propagation.setBaggage(context, propagation.createBaggage(Object.fromEntries(entries)));
  }
  return context;
}
