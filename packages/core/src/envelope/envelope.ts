/**
 * What travels with a body: everything that Rookery itself reads, typed. Fields that are `undefined` do not
 * travel. Build one with {@link createEnvelope}, so that all have the same hidden class.
 */
export interface Envelope {
  /** Unique for this message; a redelivery and a replay keep it. */
  readonly id: string;
  /** The pattern in its normal form (`normalPattern`), without wildcards. */
  readonly pattern: string;
  /** The service that sent it, or `undefined` when the sender has no name. */
  readonly source: string | undefined;
  /** Requests: milliseconds left until the caller gives up, counted from the moment of hand-over. */
  readonly timeout: number | undefined;
  /** Messages of one publisher with one key keep their order at an ordered endpoint. */
  readonly key: string | undefined;
  /** `slotOf(key)`; part of the address of every keyed event. */
  readonly slot: number | undefined;
  /** Events: milliseconds since the Unix epoch at which it was published. */
  readonly time: number | undefined;
  /** Shared by all messages of one business transaction; `undefined` means: the same as `id`. */
  readonly correlationId: string | undefined;
  /** The id of the message whose handling sent this one. */
  readonly causationId: string | undefined;
  /** W3C trace context, as it came. */
  readonly traceparent: string | undefined;
  /** W3C trace context, as it came. */
  readonly tracestate: string | undefined;
  /** W3C baggage, as it came. */
  readonly baggage: string | undefined;
  /** On whose behalf the work is done, passed from hop to hop. */
  readonly caller: string | undefined;
  /** The tenant, passed from hop to hop. */
  readonly tenant: string | undefined;
  /** Two requests of one caller with one pattern and this key are one. */
  readonly idempotencyKey: string | undefined;
  /**
   * Requests: which try of its caller this is, from 1; left out when its caller does not try again. Whoever handles a
   * request with an attempt does not retry below it: only one hop of a chain retries.
   */
  readonly attempt: number | undefined;
  /** The codec of the body when it is neither JSON text nor plain bytes. */
  readonly contentType: string | undefined;
  /** The application's own headers; `undefined` when there are none. */
  readonly headers: Headers | undefined;
}

/** The application's own headers: names in any case, values text. */
export type Headers = Readonly<Record<string, string>>;

/**
 * An encoded value: JSON as text, bytes as they are, or `undefined` for no value (a handler that returned nothing).
 * A transport keeps the three apart and gives each back as what it was.
 */
export type Body = string | Uint8Array | undefined;

/** An envelope and its body: what a transport moves. */
export interface Message {
  readonly envelope: Envelope;
  readonly body: Body;
}

/** Makes an envelope of the fields that are known; all others are `undefined`. */
export function createEnvelope(fields: Partial<Envelope> & Pick<Envelope, 'id' | 'pattern'>): Envelope {
  return {
    id: fields.id,
    pattern: fields.pattern,
    source: fields.source,
    timeout: fields.timeout,
    key: fields.key,
    slot: fields.slot,
    time: fields.time,
    correlationId: fields.correlationId,
    causationId: fields.causationId,
    traceparent: fields.traceparent,
    tracestate: fields.tracestate,
    baggage: fields.baggage,
    caller: fields.caller,
    tenant: fields.tenant,
    idempotencyKey: fields.idempotencyKey,
    attempt: fields.attempt,
    contentType: fields.contentType,
    headers: fields.headers,
  };
}
