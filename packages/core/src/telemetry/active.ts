import { context, isSpanContextValid, trace, type SpanContext } from '@opentelemetry/api';

/** The span that is active for OpenTelemetry here, if one is. */
export function activeSpanContext(): SpanContext | undefined {
  const span = trace.getSpanContext(context.active());
  return span !== undefined && isSpanContextValid(span) ? span : undefined;
}
