import {
  context as active,
  isSpanContextValid,
  propagation,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { Baggage } from '../context/baggage.js';
import type { CallContext } from '../context/call-context.js';
import { formatTraceparent } from '../context/trace-context.js';
import type { Travelling } from '../context/travelling.js';
import { remoteContext } from './remote-context.js';

/** What the span of a message that leaves here is a child of: the active span, else the one that the context names. */
export function parentOf(ambient: CallContext | undefined): Context {
  const here = active.active();
  if (ambient === undefined || trace.getSpanContext(here) !== undefined) return here;
  const remote = trace.getSpanContext(remoteContext(ambient));
  return remote ? trace.setSpanContext(here, remote) : here;
}

/** What the message carries of its span; `undefined` where the span is none, so that what came passes through. */
export function traceOf(span: Span): Pick<Travelling, 'traceparent' | 'tracestate'> | undefined {
  const own = span.spanContext();
  if (!isSpanContextValid(own)) return undefined;
  const { traceId, spanId, traceFlags: flags } = own;
  const tracestate = own.traceState?.serialize();
  return {
    traceparent: formatTraceparent({ traceId, spanId, flags }),
    tracestate: tracestate === '' ? undefined : tracestate,
  };
}

/** The baggage of the context, with what the application has set through OpenTelemetry's API beside it. */
export function baggageOf(ambient: CallContext | undefined): string | undefined {
  const set = propagation.getActiveBaggage();
  const inherited = ambient?.telemetry && propagation.getBaggage(ambient.telemetry);
  if (set === undefined || set === inherited) return ambient?.baggageHeader;
  const baggage = new Baggage(ambient?.baggageHeader);
  for (const [name, { value }] of set.getAllEntries()) {
    try {
      baggage.set(name, value);
    } catch {
      // it cannot travel; the API, which took it, has no way to say so
    }
  }
  return baggage.header;
}
