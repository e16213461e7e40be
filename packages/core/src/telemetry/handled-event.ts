import { SpanKind, trace, type Attributes, type Span } from '@opentelemetry/api';
import type { Clock } from '../clock/clock.js';
import type { MessageContext } from '../context/message-context.js';
import type { PatternTable } from '../pattern/table.js';
import { errorTypeOf, markFailed, type Failure } from './failure.js';
import { remoteContext } from './remote-context.js';
import type { Instruments } from './telemetry.js';

/** Which handler an event is for. */
export interface EventDestination {
  readonly endpoint: string;
  /** Its patterns, which may have wildcards, under themselves. */
  readonly patterns: PatternTable<string>;
}

/**
 * One delivery of an event to one handler: a CONSUMER span, child of the one that sent it and linked to it, active below
 * the handler, and `messaging.process.duration`.
 */
export class HandledEvent {
  readonly #instruments: Instruments;
  readonly #clock: Clock;
  readonly #begun: number;
  readonly #attributes: Attributes;
  readonly #span: Span | undefined;

  constructor(
    instruments: Instruments,
    context: MessageContext,
    destination: EventDestination,
    clock: Clock,
  ) {
    this.#instruments = instruments;
    this.#clock = clock;
    this.#begun = clock.now();
    const { envelope, service, correlationId, attempt } = context;
    const { endpoint, patterns } = destination;
    const pattern = patterns.match(envelope.pattern)[0] ?? envelope.pattern;
    const wildcards = pattern !== envelope.pattern;
    this.#attributes = {
      'messaging.system.name': 'rookery',
      'messaging.operation.name': 'process',
      'messaging.consumer.group.name': service,
      'messaging.destination.subscription.name': endpoint,
      [wildcards ? 'messaging.destination.template' : 'messaging.destination.name']: pattern,
    };
    instruments.measures?.consumed.add(1, this.#attributes);
    if (!instruments.tracer) return;
    const parent = remoteContext(context);
    const creation = trace.getSpanContext(parent);
    const attributes: Attributes = {
      ...this.#attributes,
      'messaging.operation.type': 'process',
      'messaging.destination.name': envelope.pattern,
      'messaging.message.id': envelope.id,
      'messaging.message.conversation_id': correlationId,
      'rookery.delivery.attempt': attempt,
    };
    const links = creation ? [{ context: creation }] : [];
    const options = { kind: SpanKind.CONSUMER, attributes, links };
    this.#span = instruments.tracer.startSpan(`process ${pattern}`, options, parent);
    context.telemetry = trace.setSpan(parent, this.#span);
  }

  /** @param settlement what becomes of the delivery; `none` when it is left, to come again */
  end(settlement: 'accept' | 'retry' | 'reject' | 'none', failure: Failure | undefined): void {
    const attributes: Attributes = { ...this.#attributes };
    if (failure) attributes['error.type'] = errorTypeOf(failure.error);
    this.#instruments.measures?.process.record((this.#clock.now() - this.#begun) / 1_000, attributes);
    const span = this.#span;
    if (!span) return;
    span.setAttributes({ ...attributes, 'rookery.settlement': settlement });
    if (failure) markFailed(span, failure.error);
    span.end();
  }
}
