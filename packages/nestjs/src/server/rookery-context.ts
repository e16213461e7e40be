import { BaseRpcContext } from '@nestjs/microservices';
import { METADATA_HEADER, type Baggage, type Headers, type MessageContext, type Peer } from '@rookery/core';

/**
 * What `@Ctx()` gives. It answers what Nest's own `TcpContext` answers, so that a handler need not change, and says
 * besides what Rookery knows of the message.
 */
export class RookeryContext extends BaseRpcContext<[native: unknown, pattern: string, metadata: unknown]> {
  readonly #message: MessageContext;
  /** @internal Whether it is an event's: what its handler throws is for Rookery, and not for a caller. */
  readonly isEvent: boolean;

  constructor(message: MessageContext, isEvent = false) {
    super([message.native, message.envelope.pattern, metadataOf(message.envelope.headers)]);
    this.#message = message;
    this.isEvent = isEvent;
  }

  /** The pattern that the message was sent with, in its normal form. */
  getPattern(): string {
    return this.args[1];
  }

  /** What the sender's dispatch hook put into `packet.metadata`, if it did. */
  getMetadata(): unknown {
    return this.args[2];
  }

  /** The socket that the message came over; `undefined` in memory. */
  getSocketRef(): unknown {
    return this.args[0];
  }

  /** Unique for the message; a redelivery keeps it. */
  get id(): string {
    return this.#message.envelope.id;
  }

  /** Shared by all messages of one business transaction. */
  get correlationId(): string {
    return this.#message.correlationId;
  }

  /** The id of the message whose handling sent this one. */
  get causationId(): string | undefined {
    return this.#message.causationId;
  }

  /** W3C trace context, as it came. */
  get traceparent(): string | undefined {
    return this.#message.traceparent;
  }

  /** W3C trace context, as it came. */
  get tracestate(): string | undefined {
    return this.#message.tracestate;
  }

  /** W3C baggage. What is set in it goes with all calls that are made from then on. */
  get baggage(): Baggage {
    return this.#message.baggage;
  }

  /** On whose behalf the work is done, as the services before said it. */
  get caller(): string | undefined {
    return this.#message.caller;
  }

  get tenant(): string | undefined {
    return this.#message.tenant;
  }

  /** The service that sent it. */
  get source(): string | undefined {
    return this.#message.envelope.source;
  }

  /** Who sent it, as far as a certificate or a secret proves it; `undefined` where nothing does. */
  get peer(): Peer | undefined {
    return this.#message.peer;
  }

  /** The key that orders it among others. */
  get key(): string | undefined {
    return this.#message.envelope.key;
  }

  /** The slot of the event's key; each has one owner among the replicas of an ordered handler. */
  get slot(): number | undefined {
    return this.#message.slot;
  }

  /**
   * At an ordered handler, of an event with a key: a number that never falls for the key, and is larger for the replica that
   * takes it over than for all before. Protects what is written from a replica that does not know yet that it was replaced:
   * see docs/ordering.md. `undefined` for all else, and for dead letters that are replayed.
   */
  get fencingToken(): number | undefined {
    return this.#message.fencingToken;
  }

  /** The headers that the sender set; empty when there are none. */
  get headers(): Headers {
    return this.#message.envelope.headers ?? {};
  }

  /** Events: 1 for the first delivery. Requests: which try of its caller this is, 1 if its caller does not try again. */
  get attempt(): number {
    return this.#message.attempt;
  }

  /** Milliseconds until the caller gives up; `Infinity` for events, and once an answer was given. */
  get remaining(): number {
    return this.#message.remaining;
  }

  /** Aborts when the caller has given up or is gone, or the service stops. */
  get signal(): AbortSignal {
    return this.#message.signal;
  }
}

function metadataOf(headers: Headers | undefined): unknown {
  const text = headers?.[METADATA_HEADER];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
