import { SpanKind, type Attributes, type Span } from '@opentelemetry/api';
import type { Clock } from '../clock/clock.js';
import type { CallContext } from '../context/call-context.js';
import type { Envelope } from '../envelope/envelope.js';
import { errorTypeOf, markFailed, type Failure } from './failure.js';
import { baggageOf, parentOf, traceOf } from './outgoing-trace.js';
import type { Instruments } from './telemetry.js';

/** One event that is handed over: a PRODUCER span, whose context the event carries, and what the conventions count. */
export class PublishedEvent {
  readonly #instruments: Instruments;
  readonly #clock: Clock;
  readonly #begun: number;
  readonly #attributes: Attributes;
  readonly #span: Span | undefined;
  /** With the span's trace context in place of what was inherited. */
  readonly envelope: Envelope;

  /** @param ambient the work during which it is published */
  constructor(instruments: Instruments, envelope: Envelope, ambient: CallContext | undefined, clock: Clock) {
    this.#instruments = instruments;
    this.#clock = clock;
    this.#begun = clock.now();
    const { id, pattern, correlationId } = envelope;
    this.#attributes = {
      'messaging.system.name': 'rookery',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': pattern,
    };
    const attributes: Attributes = {
      ...this.#attributes,
      'messaging.message.id': id,
      'messaging.message.conversation_id': correlationId ?? id,
    };
    const options = { kind: SpanKind.PRODUCER, attributes };
    this.#span = instruments.tracer?.startSpan(`publish ${pattern}`, options, parentOf(ambient));
    this.envelope = { ...envelope, ...(this.#span && traceOf(this.#span)), baggage: baggageOf(ambient) };
  }

  end(failure: Failure | undefined): void {
    const attributes: Attributes = { ...this.#attributes };
    if (failure) attributes['error.type'] = errorTypeOf(failure.error);
    const { measures } = this.#instruments;
    measures?.sent.add(1, attributes);
    measures?.operation.record((this.#clock.now() - this.#begun) / 1_000, attributes);
    const span = this.#span;
    if (!span) return;
    span.setAttributes(attributes);
    if (failure) markFailed(span, failure.error);
    span.end();
  }
}
