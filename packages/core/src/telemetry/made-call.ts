import { context as active, SpanKind, type Attributes, type Context, type Span } from '@opentelemetry/api';
import type { Clock } from '../clock/clock.js';
import type { AmbientContext } from '../context/ambient.js';
import type { Envelope } from '../envelope/envelope.js';
import { errorTypeOf, markFailed, statusCodeOf, type Failure } from './failure.js';
import { baggageOf, parentOf, traceOf } from './outgoing-trace.js';
import type { Instruments } from './telemetry.js';

/** What of a call is observed. */
export interface ObservableCall {
  readonly service: string;
  readonly pattern: string;
  readonly context: AmbientContext | undefined;
  readonly envelope: Envelope;
  /** How many tries were made. */
  readonly attempt: number;
  /** What it failed with, once it has. */
  readonly failure: Failure | undefined;
  /** What it would have failed with, had no fallback answered. */
  readonly fallbackFor: Failure | undefined;
}

/**
 * One logical call as its caller sees it, with all its tries, and of a stream to its end: a CLIENT span, whose context the
 * request carries, and `rpc.client.call.duration`.
 */
export class MadeCall {
  readonly #instruments: Instruments;
  readonly #clock: Clock;
  readonly #begun: number;
  readonly #attributes: Attributes;
  readonly #span: Span | undefined;
  /** What was active where the call was made. */
  readonly #active: Context = active.active();

  /** Puts the span's trace context into the call's envelope, in place of what was inherited. */
  constructor(instruments: Instruments, call: ObservableCall, clock: Clock) {
    this.#instruments = instruments;
    this.#clock = clock;
    this.#begun = clock.now();
    const rpcMethod = `${call.service}/${call.pattern}`;
    this.#attributes = { 'rpc.system.name': 'rookery', 'rpc.method': rpcMethod };
    instruments.measures?.clientActive.add(1, this.#attributes);
    if (!instruments.tracer) return;
    const envelope = call.envelope as { -readonly [K in keyof Envelope]: Envelope[K] };
    const attributes: Attributes = {
      ...this.#attributes,
      'rookery.message.id': envelope.id,
      'rookery.correlation_id': envelope.correlationId ?? envelope.id,
    };
    const options = { kind: SpanKind.CLIENT, attributes };
    this.#span = instruments.tracer.startSpan(rpcMethod, options, parentOf(call.context));
    Object.assign(envelope, traceOf(this.#span));
    envelope.baggage = baggageOf(call.context);
  }

  /** Runs what the caller gave to be called later as if it were called where the call was made. */
  within(work: () => void): void {
    active.with(this.#active, work);
  }

  end({ attempt, failure, fallbackFor }: ObservableCall): void {
    const attributes: Attributes = { ...this.#attributes, 'rpc.status_code': statusCodeOf(failure) };
    if (failure) attributes['error.type'] = errorTypeOf(failure.error);
    const { measures } = this.#instruments;
    measures?.clientActive.add(-1, this.#attributes);
    measures?.clientCall.record((this.#clock.now() - this.#begun) / 1_000, attributes);
    if (attempt > 1) measures?.retries.add(attempt - 1, this.#attributes);
    const span = this.#span;
    if (!span) return;
    span.setAttributes({ ...attributes, 'rookery.attempts': attempt });
    if (failure) markFailed(span, failure.error);
    else if (fallbackFor) span.setAttribute('rookery.fallback_for', errorTypeOf(fallbackFor.error));
    span.end();
  }
}
