import { Deadlines } from '../clock/deadlines.js';
import { callContext, type AmbientContext } from '../context/ambient.js';
import type { Body, Envelope } from '../envelope/envelope.js';
import { slotOf } from '../slots/slot.js';
import { ClientClosed, ConfigurationError, NotEncodable, PayloadTooLarge } from '../errors/conditions.js';
import { cameFrom } from '../errors/origin.js';
import { normalPattern, type Pattern } from '../pattern/normal-form.js';
import { ObservedTransport } from '../telemetry/observed-transport.js';
import { PublishedEvent } from '../telemetry/published-event.js';
import { Telemetry } from '../telemetry/telemetry.js';
import type { PublishOutcome } from '../transport/events.js';
import type { PolicyDescription } from '../policies/describe.js';
import { assertIdleTimeout, assertTimeout } from '../policies/deadline/deadline-step.js';
import type { PolicyEvent } from '../policies/events.js';
import { PolicyLists } from '../policies/lists.js';
import { CLIENT_POLICIES } from '../policies/order.js';
import { isAsyncIterable, isStream } from '../streams/kinds.js';
import { silentLogger } from '../transport/logger.js';
import { Roster } from '../under-way/roster.js';
import { ObservedCall, type ReplyObserver } from './observed-call.js';
import { DEFAULT_UPLOAD_BUFFER, type CallOptions, type PublishOptions } from './call-options.js';
import type { ClientOptions, PolicyListener } from './options.js';
import type { BeginCall, CallScope, OpenCall } from './call-request.js';
import type { OutgoingCall } from './outgoing-call.js';
import { PromiseCall, type Answer } from './promise-call.js';
import { StreamCall } from './stream-call.js';
import { leaveUntouched } from './upload.js';

const NO_OPTIONS: CallOptions = {};

/**
 * Calls services and publishes events over one transport.
 *
 *     request/stream/observe -> codec -> context -> policies -> Transport.request -> ... -> reply -> codec -> policies -> caller
 *
 * A body that is an async iterable or an Observable is an upload: its items are taken from it, encoded and sent as the handler
 * reads them, an Observable's within a buffer of `uploadBuffer`. From the first item that was taken on, the request is not
 * tried again, and its deadlines are: `idleTimeout` while the other side takes no item (the source's own time does not
 * count), `timeout` from the end of the upload to the first answer. An iterable is left, by `return()`, when the call is over
 * before it. When it throws, the call fails with what it threw.
 *
 * A call made while a message is being handled inherits the time that is left to it, its correlation and its cancel.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #scope: CallScope;
  readonly #idPrefix: string;
  readonly #telemetry: Telemetry;
  readonly #policies: PolicyLists;
  readonly #listeners = new Set<PolicyListener>();
  readonly #unwatch: (() => void) | undefined;
  #count = 0;
  #closed = false;

  /** @throws ConfigurationError for policies that cannot work */
  constructor(options: ClientOptions) {
    this.#options = options;
    const { clock, random, codec, logger = silentLogger, order = CLIENT_POLICIES } = options;
    const announce = (event: PolicyEvent): void => {
      // Not from within a call's policies: what a listener does or throws is nothing to the call.
      for (const listener of this.#listeners) queueMicrotask(() => listener(event));
    };
    this.#telemetry = new Telemetry(options.telemetry);
    this.#telemetry.observe(new ObservedTransport(options.transport));
    const scope = { clock, random, codec, logger, telemetry: this.#telemetry, announce };
    this.#policies = new PolicyLists({ order, ...scope }, options);
    if (options.to !== undefined) this.#policies.of(options.to, '');
    this.#unwatch = options.transport.watchReplicas?.((change) => {
      if (options.to === undefined || options.to === change.service) announce({ type: 'replica', ...change });
    });
    this.#idPrefix = `${options.random.token(12)}-`;
    this.#scope = {
      transport: options.transport,
      codec: options.codec,
      clock: options.clock,
      deadlines: options.deadlines ?? new Deadlines(options.clock),
      acceptStack: options.acceptStack ?? false,
      uploadBuffer: options.uploadBuffer ?? DEFAULT_UPLOAD_BUFFER,
      open: new Roster<OpenCall>(),
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
      return this.#begin(pattern, body, options, PromiseCall.begin).promise;
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what was thrown
      return Promise.reject(error);
    }
  }

  /** As {@link Client.request}, and says whether the service or a fallback has answered. */
  async answer(pattern: Pattern, body?: unknown, options: CallOptions = NO_OPTIONS): Promise<Answer> {
    return this.#begin(pattern, body, options, PromiseCall.begin).answer();
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
    return this.#begin(pattern, body, options, StreamCall.begin);
  }

  /**
   * Sends a request and pushes its values to `observer`. The returned function cancels it, and is harmless afterwards.
   *
   * @throws as {@link Client.stream}
   */
  observe(pattern: Pattern, body: unknown, options: CallOptions, observer: ReplyObserver): () => void {
    const begin: BeginCall<ObservedCall> = (scope, request) => new ObservedCall(scope, request, observer);
    const outgoing = this.#begin(pattern, body, options, begin);
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
    if (isStream(body)) {
      throw new NotEncodable(`the event ${normal} is a stream of items: publish each of them, or an array`);
    }
    const encoded = codec.encode(body);
    this.#assertSize(encoded, normal);
    if (options.delay !== undefined && !(options.delay >= 0 && options.delay < Infinity)) {
      throw new ConfigurationError(`the delay of ${normal} is ${options.delay}; it has to be milliseconds`);
    }
    const slot = options.key === undefined ? undefined : slotOf(options.key);
    const context = callContext();
    const envelope = this.#envelope(normal, options, context, clock.epoch(), slot);
    const { instruments } = this.#telemetry;
    const published = instruments && new PublishedEvent(instruments, envelope, context, clock);
    const publication = {
      message: { envelope: published?.envelope ?? envelope, body: encoded },
      ...(options.to === undefined ? {} : { to: options.to }),
      ...(options.delay === undefined ? {} : { delay: options.delay }),
    };
    const [outcome = untold()] = await transport.publish([publication]);
    published?.end(outcome.status === 'refused' ? outcome : undefined);
    if (outcome.status === 'refused') throw cameFrom(outcome.error, options.to ?? `subscribers of ${normal}`);
    return outcome.status;
  }

  /** As {@link Client.publish}, to the client's target if it has one. */
  emit(pattern: Pattern, body: unknown, options: PublishOptions = {}): Promise<'stored' | 'memory'> {
    return this.publish(pattern, body, { ...options, to: options.to ?? this.#options.to });
  }

  /**
   * The policies of a call, in their order, the first outermost: each with its values and where they were set.
   *
   * @param service default: the client's target
   */
  describe(pattern: Pattern = '', service: string | undefined = this.#options.to): PolicyDescription[] {
    return this.#policies.describe(service ?? '', normalPattern(pattern));
  }

  /** Calls `listener` when a breaker changes its state, or a replica is left out or is back, until the returned function is called. */
  watch(listener: PolicyListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Fails the calls that are open and refuses new ones. The transport is its owner's to close. */
  close(): void {
    this.#closed = true;
    this.#unwatch?.();
    this.#telemetry.end();
    for (const call of this.#scope.open.all()) {
      call.giveUp(
        new ClientClosed('the client was closed while the call was under way; it may have been handled'),
      );
    }
  }

  #begin<C extends OutgoingCall>(
    pattern: Pattern,
    value: unknown,
    options: CallOptions,
    create: BeginCall<C>,
  ): C {
    let outgoing: C;
    try {
      outgoing = this.#make(pattern, value, options, create);
    } catch (error) {
      if (isAsyncIterable(value)) leaveUntouched(value);
      throw error;
    }
    outgoing.start();
    return outgoing;
  }

  #make<C extends OutgoingCall>(
    pattern: Pattern,
    value: unknown,
    options: CallOptions,
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
    if (options.timeout !== undefined) assertTimeout(options.timeout, normal);
    if (options.idleTimeout !== undefined) assertIdleTimeout(options.idleTimeout, normal);
    const source = isStream(value) ? value : undefined;
    if (source) this.#assertUploads(normal);
    const body = source ? undefined : this.#options.codec.encode(value);
    this.#assertSize(body, normal);
    const context = callContext();
    context?.message?.throwIfCancelled();
    const policies = this.#policies.of(service, normal);
    const envelope = this.#envelope(normal, options, context, undefined, undefined);
    return create(this.#scope, { service, options, policies, envelope, source, body, context });
  }

  #envelope(
    pattern: string,
    options: CallOptions & PublishOptions,
    context: AmbientContext | undefined,
    time: number | undefined,
    slot: number | undefined,
  ): Envelope {
    return {
      id: this.#idPrefix + (this.#count++).toString(36),
      pattern,
      source: this.#options.from ?? context?.message?.service,
      timeout: undefined,
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
      // Who calls the service that this is made in tries again, and this with it: those below need not.
      attempt: context?.message?.envelope.attempt === undefined || time !== undefined ? undefined : 1,
      contentType: this.#options.codec.contentType,
      headers: options.headers,
    };
  }

  #assertUploads(pattern: string): void {
    const { scheme, capabilities } = this.#options.transport;
    if (capabilities.uploads) return;
    throw new ConfigurationError(
      `the data of ${pattern} is a stream of items, and ${scheme}: has no uploads: send an array, or the items one by one`,
    );
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
