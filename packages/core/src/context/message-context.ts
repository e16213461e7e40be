import type { Clock } from '../clock/clock.js';
import type { Envelope } from '../envelope/envelope.js';
import { Cancelled } from '../errors/conditions.js';
import type { Delivery } from '../transport/events.js';
import type { Peer } from '../transport/security.js';
import { CallContext } from './call-context.js';

/** Something that ends when the handling of a message is given up. */
export interface Cancellable {
  /** Must not throw. */
  cancelledBy(reason: Error): void;
}

/**
 * What a handler says itself of its event, in place of how it ends: that it is handled, that it has failed and is to come again,
 * or that it is to be given up.
 */
export type Decision = 'accept' | 'retry' | 'reject';

/**
 * What is known of the message being handled. Handlers read it; calls made below a handler inherit from it: the time
 * that is left, correlation, trace, baggage, caller and tenant, and the cancel.
 */
export class MessageContext extends CallContext {
  readonly envelope: Envelope;
  /** The service that handles it. */
  readonly service: string;
  /** Events: 1 for the first delivery. Requests: which try of its caller this is, 1 if its caller does not try again. */
  readonly attempt: number;
  /** What the medium has of this message: the socket on TCP, nothing in memory. */
  readonly native: unknown;
  /** Who sent it, proven by a certificate or a secret; `undefined` where nothing proves it. */
  readonly peer: Peer | undefined;
  /**
   * At an ordered endpoint, of an event with a key: a number that never falls for the key, and is larger for the replica that
   * takes the key's slot over than for all before it. What is written with it can be protected from a replica that does not know
   * yet that it is no more the owner: see docs/ordering.md. `undefined` for all else, and for dead letters that are replayed.
   */
  readonly fencingToken: number | undefined;
  /** @internal When it came, by the monotonic clock. */
  readonly arrivedAt: number;
  readonly #clock: Clock;
  #expiresAt: number;
  #answered = false;
  #cancelled: Error | undefined;
  #controller: AbortController | undefined;
  #children: Set<Cancellable> | undefined;
  /** @internal Events: what is being handled. */
  delivery: Delivery | undefined = undefined;
  #decision: Decision | undefined;

  constructor(
    envelope: Envelope,
    service: string,
    attempt: number,
    clock: Clock,
    native?: unknown,
    peer?: Peer,
    fencingToken?: number,
  ) {
    super(envelope);
    this.envelope = envelope;
    this.service = service;
    this.attempt = attempt;
    this.native = native;
    this.peer = peer;
    this.fencingToken = fencingToken;
    this.#clock = clock;
    this.arrivedAt = clock.now();
    this.#expiresAt = envelope.timeout === undefined ? Infinity : this.arrivedAt + envelope.timeout;
  }

  /** Shared by all messages of one business transaction. */
  get correlationId(): string {
    return this.envelope.correlationId ?? this.envelope.id;
  }

  /** The slot of the event's key; each has one owner among the replicas of an ordered endpoint. */
  get slot(): number | undefined {
    return this.envelope.slot;
  }

  /** The message being handled: this one. */
  get message(): this {
    return this;
  }

  /** Unique for the message; a redelivery and a replay keep it. */
  get messageId(): string {
    return this.envelope.id;
  }

  /** The id of the message whose handling sent this one. */
  get causationId(): string | undefined {
    return this.envelope.causationId;
  }

  /**
   * Milliseconds until the caller gives up, never below 0; `Infinity` for events, while an upload is read, and once an
   * answer was given.
   */
  get remaining(): number {
    return this.#expiresAt === Infinity ? Infinity : Math.max(0, this.#expiresAt - this.#clock.now());
  }

  /** Aborts when the caller has given up or is gone, or the service stops. Made when first read. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#cancelled && !this.#controller.signal.aborted) this.#controller.abort(this.#cancelled);
    return this.#controller.signal;
  }

  /**
   * Says what becomes of the event, whatever the handler does afterwards; the first that is said counts. An event that is
   * accepted will not come again from now on; one that is not is settled when the handler has ended. Without effect on a
   * request.
   */
  decide(decision: Decision): void {
    if (this.#decision !== undefined || !this.delivery) return;
    this.#decision = decision;
    if (decision === 'accept') this.delivery.settle({ outcome: 'accept' });
  }

  /** What was said by {@link decide}. */
  get decision(): Decision | undefined {
    return this.#decision;
  }

  /** Whether the work was given up. */
  get cancelled(): boolean {
    return this.#cancelled !== undefined;
  }

  /** @throws Cancelled when the caller has given up */
  throwIfCancelled(): void {
    if (this.#cancelled) throw this.#cancelled;
  }

  /** @internal The deadline was met, by the answer or a stream's first value: what goes on below is not bound by it. */
  answered(): void {
    this.#answered = true;
    this.#expiresAt = Infinity;
  }

  /** @internal The deadline does not count while the upload of the request goes on, and then begins anew. */
  uploading(goesOn: boolean): void {
    const { timeout } = this.envelope;
    if (timeout === undefined || this.#answered) return;
    this.#expiresAt = goesOn ? Infinity : this.#clock.now() + timeout;
  }

  /** @internal Somebody else waits for the answer too, for so many milliseconds. */
  extend(ms: number): void {
    this.#expiresAt = Math.max(this.#expiresAt, this.#clock.now() + ms);
  }

  /** @internal Gives up the work and all that was called for it. */
  cancel(why: string): void {
    if (this.#cancelled) return;
    this.#cancelled = new Cancelled(why);
    this.#controller?.abort(this.#cancelled);
    const children = this.#children;
    this.#children = undefined;
    if (children) for (const child of children) child.cancelledBy(this.#cancelled);
  }

  /** @internal Ties the end of `child` to that of this message. */
  adopt(child: Cancellable): void {
    (this.#children ??= new Set()).add(child);
  }

  /** @internal */
  release(child: Cancellable): void {
    this.#children?.delete(child);
  }
}
