import { activeSpanContext } from '../telemetry/active.js';
import { callContext } from './ambient.js';
import { parseTraceparent } from './trace-context.js';

/** What a line in a log says of the work during which it was written. */
export interface LogFields {
  readonly correlationId: string;
  readonly messageId?: string;
  readonly tenant?: string;
  /** As OpenTelemetry names it in logs. */
  readonly trace_id?: string;
  /** The span that is active here; left out where nobody collects spans. */
  readonly span_id?: string;
}

/** The fields for a line that is written now; `undefined` outside of any message or edge. */
export function logFields(): LogFields | undefined {
  const context = callContext();
  if (context === undefined) return undefined;
  const { correlationId, messageId, tenant, traceparent } = context;
  const fields: { -readonly [K in keyof LogFields]: LogFields[K] } = { correlationId };
  if (messageId !== undefined) fields.messageId = messageId;
  if (tenant !== undefined) fields.tenant = tenant;
  const span = activeSpanContext();
  if (span) {
    fields.trace_id = span.traceId;
    fields.span_id = span.spanId;
  } else if (traceparent !== undefined) {
    const parent = parseTraceparent(traceparent);
    if (parent) fields.trace_id = parent.traceId;
  }
  return fields;
}
