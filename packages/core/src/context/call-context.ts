import type { Context } from '@opentelemetry/api';
import { Baggage } from './baggage.js';
import type { Travelling } from './travelling.js';

/** On whose behalf something is done. */
export interface Identity {
  readonly caller?: string | undefined;
  readonly tenant?: string | undefined;
}

/**
 * What the work at hand gives on to all that is called for it, however deep below: the message that is being handled,
 * or what `runWith` or an HTTP request has begun.
 */
export abstract class CallContext {
  readonly #arrived: Travelling;
  #baggage: Baggage | undefined;
  #identity: Identity | undefined;
  /** @internal What is active for OpenTelemetry below it, where somebody collects spans. */
  telemetry: Context | undefined = undefined;

  constructor(arrived: Travelling) {
    this.#arrived = arrived;
  }

  /** Shared by all messages of one business transaction. */
  abstract get correlationId(): string;
  /** The id of the message being handled; `undefined` where none is. */
  abstract get messageId(): string | undefined;

  /** W3C trace context, as it came. */
  get traceparent(): string | undefined {
    return this.#arrived.traceparent;
  }

  /** W3C trace context, as it came. */
  get tracestate(): string | undefined {
    return this.#arrived.tracestate;
  }

  /** W3C baggage, parsed when first read. What is set in it goes with all calls that are made from then on. */
  get baggage(): Baggage {
    return (this.#baggage ??= new Baggage(this.#arrived.baggage));
  }

  /** @internal What calls made now carry. */
  get baggageHeader(): string | undefined {
    return this.#baggage === undefined ? this.#arrived.baggage : this.#baggage.header;
  }

  /** On whose behalf the work is done. */
  get caller(): string | undefined {
    return (this.#identity ?? this.#arrived).caller;
  }

  get tenant(): string | undefined {
    return (this.#identity ?? this.#arrived).tenant;
  }

  /** Says on whose behalf the work is done from here on: for the guard that has found it out. What is left out stays. */
  identify({ caller = this.caller, tenant = this.tenant }: Identity): void {
    this.#identity = { caller, tenant };
  }
}
