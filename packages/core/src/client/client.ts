import { Deadlines } from '../clock/deadlines.js';
import { callContext, type AmbientContext } from '../context/ambient.js';
import type { Body, Envelope } from '../envelope/envelope.js';
import { slotOf } from '../envelope/slot.js';
import { ClientClosed, ConfigurationError, DeadlineExceeded, PayloadTooLarge } from '../errors/conditions.js';
import { normalPattern, type Pattern } from '../pattern/normal-form.js';
import { PublishedEvent } from '../telemetry/published-event.js';
import { Telemetry } from '../telemetry/telemetry.js';
import type { PublishOutcome } from '../transport/events.js';
import { ObservedCall, type ReplyObserver } from './observed-call.js';
import { DEFAULT_TIMEOUT, type CallOptions, type ClientOptions, type PublishOptions } from './options.js';
import type { BeginCall, CallScope, CallTarget, OutgoingCall } from './outgoing-call.js';
import { PromiseCall } from './promise-call.js';
import { StreamCall } from './stream-call.js';

const NO_OPTIONS: CallOptions = {};

/**
 * Calls services and publishes events over one transport.
 *
 *     request/stream/observe -> deadline, context -> codec -> Transport.request -> ... -> reply -> codec -> caller
 *
 * A call made while a message is being handled inherits the time that is left to it, its correlation and its cancel.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #scope: CallScope;
  readonly #idPrefix: string;
  readonly #telemetry: Telemetry;
  #count = 0;
  #closed = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#idPrefix = `${options.random.token(12)}-`;
    this.#telemetry = new Telemetry(options.telemetry);
    this.#scope = {
      transport: options.transport,
      codec: options.codec,
      deadlines: options.deadlines ?? new Deadlines(options.clock),
      acceptStack: options.acceptStack ?? false,
      open: new Set<OutgoingCall>(),
    };
  }

  /** How many calls have no answer yet. */
  get pending(): number {
    return this.#scope.open.size;
  }

  /**
   * Sends a request and resolves with its answer: the first value, or `undefined` if the handler returned nothing.
   * Rejects with what the handler threw, or with one of Rookery's errors.
   */
  request(pattern: Pattern, body?: unknown, options: CallOptions = NO_OPTIONS): Promise<unknown> {
    try {
      return this.#begin(pattern, body, options, 1, PromiseCall.begin).promise;
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what was thrown
      return Promise.reject(error);
    }
  }

  /**
   * Sends a request and gives its values as they are pulled. Leaving the loop cancels the rest. The request leaves at
   * once, not at the first pull.
   *
   * @throws what cannot be sent, at once: NotEncodable, PayloadTooLarge, ConfigurationError, ClientClosed
   */
  stream(
    pattern: Pattern,
    body?: unknown,
    options: CallOptions = NO_OPTIONS,
  ): AsyncIterableIterator<unknown> {
    return this.#begin(pattern, body, options, StreamCall.window, StreamCall.begin);
  }

  /**
   * Sends a request and pushes its values to `observer`. The returned function cancels it, and is harmless afterwards.
   *
   * @throws as {@link Client.stream}
   */
  observe(pattern: Pattern, body: unknown, options: CallOptions, observer: ReplyObserver): () => void {
    const begin: BeginCall<ObservedCall> = (scope, target, times, context) =>
      new ObservedCall(scope, target, times, context, observer);
    const outgoing = this.#begin(pattern, body, options, ObservedCall.window, begin);
    return () => outgoing.abandon();
  }

  /**
   * Publishes an event, to `options.to` or to every subscribing service, and resolves with where it is: `stored` in the
   * medium, or in the `memory` of this process.
   *
   * @throws QueueFull and others when nobody has taken it
   */
  async publish(pattern: Pattern, body: unknown, options: PublishOptions = {}): Promise<'stored' | 'memory'> {
    const { clock, codec, transport } = this.#options;
    this.#assertOpen();
    const normal = normalPattern(pattern);
    const encoded = codec.encode(body);
    this.#assertSize(encoded, normal);
    if (options.delay !== undefined && !(options.delay >= 0 && options.delay < Infinity)) {
      throw new ConfigurationError(`the delay of ${normal} is ${options.delay}; it has to be milliseconds`);
    }
    const slot = options.key === undefined ? undefined : slotOf(options.key);
    const context = callContext();
    const envelope = this.#envelope(normal, options, context, undefined, clock.epoch(), slot);
    const { instruments } = this.#telemetry;
    const published = instruments && new PublishedEvent(instruments, envelope, context, clock);
    const publication = {
      message: { envelope: published?.envelope ?? envelope, body: encoded },
      ...(options.to === undefined ? {} : { to: options.to }),
      ...(options.delay === undefined ? {} : { delay: options.delay }),
    };
    const [outcome = untold()] = await transport.publish([publication]);
    published?.end(outcome.status === 'refused' ? outcome : undefined);
    if (outcome.status === 'refused') throw outcome.error;
    return outcome.status;
  }

  /** As {@link Client.publish}, to the client's target if it has one. */
  emit(pattern: Pattern, body: unknown, options: PublishOptions = {}): Promise<'stored' | 'memory'> {
    return this.publish(pattern, body, { ...options, to: options.to ?? this.#options.to });
  }

  /** Fails the calls that are open and refuses new ones. The transport is its owner's to close. */
  close(): void {
    this.#closed = true;
    for (const call of [...this.#scope.open]) {
      call.giveUp(
        new ClientClosed('the client was closed while the call was under way; it may have been handled'),
      );
    }
  }

  #begin<C extends OutgoingCall>(
    pattern: Pattern,
    value: unknown,
    options: CallOptions,
    credit: number,
    create: BeginCall<C>,
  ): C {
    this.#assertOpen();
    const normal = normalPattern(pattern);
    const service = options.to ?? this.#options.to;
    if (service === undefined) {
      throw new ConfigurationError(
        `to which service should ${normal} go? Name it: new RookeryClient({ to: 'users' }), or { to } with the call`,
      );
    }
    const body = this.#options.codec.encode(value);
    this.#assertSize(body, normal);
    const context = callContext();
    const message = context?.message;
    const timeout = Math.min(
      options.timeout ?? this.#options.timeout ?? DEFAULT_TIMEOUT,
      message?.remaining ?? Infinity,
    );
    if (!(timeout < Infinity)) {
      throw new ConfigurationError(
        `the timeout of ${normal} is ${timeout}; it has to be a number of milliseconds, so that no call hangs`,
      );
    }
    if (timeout <= 0) {
      const why =
        options.timeout === timeout ? `its timeout is ${timeout}` : "the caller's own deadline has passed";
      const message = `no time is left for ${normal} on '${service}': ${why}; never sent`;
      throw new DeadlineExceeded(message, { recourse: 'retryable' });
    }
    message?.throwIfCancelled();
    const idleTimeout = options.idleTimeout ?? this.#options.idleTimeout ?? DEFAULT_TIMEOUT;
    if (!(idleTimeout > 0)) {
      throw new ConfigurationError(`the idleTimeout of ${normal} is ${idleTimeout}; it has to be above 0 ms`);
    }
    const target: CallTarget = { service, pattern: normal };
    const outgoing = create(this.#scope, target, { timeout, idleTimeout }, context);
    const envelope = this.#envelope(normal, options, context, timeout, undefined, undefined);
    const to = options.replica === undefined ? target : { service, replica: options.replica };
    const call = this.#options.transport.request(to, { envelope, body }, credit, outgoing);
    outgoing.attach(call, options.signal);
    return outgoing;
  }

  #envelope(
    pattern: string,
    options: CallOptions & PublishOptions,
    context: AmbientContext | undefined,
    timeout: number | undefined,
    time: number | undefined,
    slot: number | undefined,
  ): Envelope {
    return {
      id: this.#idPrefix + (this.#count++).toString(36),
      pattern,
      source: this.#options.from ?? context?.message?.service,
      timeout,
      key: options.key,
      slot,
      time,
      correlationId: context?.correlationId,
      causationId: context?.messageId,
      traceparent: context?.traceparent,
      tracestate: context?.tracestate,
      baggage: context?.baggageHeader,
      caller: context?.caller,
      tenant: context?.tenant,
      idempotencyKey: options.idempotencyKey,
      attempt: undefined,
      contentType: this.#options.codec.contentType,
      headers: options.headers,
    };
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClientClosed('the client is closed', { recourse: 'terminal' });
  }

  #assertSize(body: Body, pattern: string): void {
    const { maxBody } = this.#options.transport.capabilities;
    if (body === undefined || body.length * 3 <= maxBody) return;
    const size = Buffer.byteLength(body);
    if (size <= maxBody) return;
    const { scheme } = this.#options.transport;
    throw new PayloadTooLarge(
      `the body of ${pattern} has ${size} bytes; ${scheme}: takes at most ${maxBody}`,
    );
  }
}

function untold(): PublishOutcome {
  return { status: 'refused', error: new ClientClosed('the transport told nothing of the event') };
}
