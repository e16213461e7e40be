import { Admission } from '../admission/admission.js';
import { serverSteps } from '../admission/steps.js';
import { MessageContext } from '../context/message-context.js';
import { Surroundings } from '../context/surroundings.js';
import { controlHandlers } from '../control/control.js';
import { CONTROL_PREFIX } from '../control/patterns.js';
import { operatorRefusal } from '../control/permit.js';
import { DeadLetters } from '../dead-letters/dead-letters.js';
import { FirstFailures } from '../dead-letters/first-failures.js';
import { LoggedDeadLetters } from '../dead-letters/logged.js';
import { deadLetterStoreOf } from '../dead-letters/store-of.js';
import type { Message } from '../envelope/envelope.js';
import { ConfigurationError, NoHandler, Unavailable } from '../errors/conditions.js';
import type { RookeryError } from '../errors/rookery-error.js';
import { encodeFailure } from '../errors/wire.js';
import { normalPattern, type Pattern } from '../pattern/normal-form.js';
import { PatternTable } from '../pattern/table.js';
import type { EndpointEvent, EndpointListener } from '../recoverability/kill-switch-event.js';
import { ObservedLag } from '../telemetry/observed-lag.js';
import { ObservedTransport } from '../telemetry/observed-transport.js';
import { ServedRequest } from '../telemetry/served-request.js';
import { Telemetry, type Instruments } from '../telemetry/telemetry.js';
import type { Subscriber } from '../transport/events.js';
import type { Lag } from '../transport/lag.js';
import type { Responder, ServerCall } from '../transport/transport.js';
import { Roster } from '../under-way/roster.js';
import type { ServerDescription } from './describe.js';
import { EventEndpoint, type EndpointOwner } from './event-endpoint.js';
import type { HandledDelivery } from './handled-delivery.js';
import type { EventScope } from './event-scope.js';
import type { Handler } from './handler.js';
import { DEFAULT_DRAIN_TIMEOUT, type EventEndpointOptions, type ServerOptions } from './options.js';
import { RequestRun, type RunOwner } from './request-run.js';
import { shown, UnknownPatterns } from './unknown-patterns.js';

const REFUSED: ServerCall = { credit() {}, cancel() {} };

interface RequestEndpoint {
  handler: Handler;
  readonly pattern: string;
  /** Only operators may ask for it. */
  readonly control?: true;
}

type Phase = 'declaring' | 'serving' | 'draining' | 'drained';

/**
 * Serves one service's handlers over one transport.
 *
 *     Transport -> request -> deadline, callers, shedding, idempotency -> codec -> handler -> codec -> reply
 *     Transport -> delivery -> context -> codec -> handler -> accept, retry or dead letter
 */
export class Server implements RunOwner, EndpointOwner {
  /** @internal */
  readonly surroundings = new Surroundings();
  /** What the service has given up. */
  readonly deadLetters: DeadLetters;
  readonly #options: EventScope;
  readonly #admission: Admission;
  readonly #requests = new PatternTable<RequestEndpoint>();
  readonly #handlers = new Map<string, RequestEndpoint>();
  readonly #unknown = new UnknownPatterns(() => this.#requests.patterns());
  readonly #eventPatterns = new PatternTable<true>();
  /** By the endpoint's name, what takes its deliveries. */
  readonly #endpoints = new Map<string, Subscriber>();
  readonly #runs = new Roster<RequestRun>();
  readonly #events = new Roster<HandledDelivery>();
  readonly #eventEndpoints: EventEndpoint[] = [];
  readonly #listeners = new Set<EndpointListener>();
  readonly #telemetry: Telemetry;
  #phase: Phase = 'declaring';
  #declared = false;
  #idle: (() => void) | undefined;
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws ConfigurationError when the options cannot work */
  constructor(options: ServerOptions) {
    const store = deadLetterStoreOf(options);
    this.#options = { ...options, firstFailures: new FirstFailures(), deadLetters: store };
    const { service, clock, logger, codec } = options;
    this.deadLetters = new DeadLetters({ service, store, clock, codec, logger, endpoints: this.#endpoints });
    for (const [pattern, handler] of controlHandlers(options, this.deadLetters))
      this.#handlers.set(pattern, { handler, pattern, control: true });
    this.#admission = new Admission(serverSteps(service, clock, logger, options));
    this.#telemetry = new Telemetry(options.telemetry);
  }

  /** How many requests and events are being handled, or wait for that. */
  get inFlight(): number {
    return this.#runs.size + this.#events.size;
  }

  /**
   * Handles the requests of a pattern. A second handler of the same pattern takes the place of the first.
   *
   * @throws ConfigurationError for a pattern that the server answers itself
   */
  handle(pattern: Pattern, handler: Handler): void {
    const normal = normalPattern(pattern);
    if (normal.startsWith(CONTROL_PREFIX))
      throw new ConfigurationError(
        `${normal}: Rookery itself answers ${CONTROL_PREFIX}>; choose another pattern`,
      );
    const known = this.#handlers.get(normal);
    if (known) {
      known.handler = handler;
      return;
    }
    const endpoint = { handler, pattern: normal };
    this.#handlers.set(normal, endpoint);
    this.#requests.add(normal, endpoint);
    this.#unknown.forget();
  }

  /**
   * Handles the events of some patterns, each event once however many of them match.
   *
   * @throws ConfigurationError when the options cannot work
   */
  on(patterns: readonly Pattern[], endpoint: EventEndpointOptions, handler: Handler): void {
    const normal = patterns.map(normalPattern);
    const declared = new EventEndpoint(this.#options, this, normal, endpoint, handler);
    this.#eventEndpoints.push(declared);
    this.#endpoints.set(endpoint.endpoint, declared.take);
    for (const pattern of normal) this.#eventPatterns.add(pattern, true);
  }

  /**
   * What waits in the medium for this service, asked for now; nothing where the medium does not say.
   *
   * @throws RookeryError when it cannot be asked
   */
  async lag(): Promise<readonly Lag[]> {
    return (await this.#options.transport.lag?.()) ?? [];
  }

  /** Calls `listener` when an endpoint pauses, probes or runs again, until the returned function is called. */
  watch(listener: EndpointListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the transport who is served, so that its description is complete; `start` does so as well. Idempotent. */
  declare(): void {
    if (this.#declared) return;
    this.#declared = true;
    this.#options.transport.serve(
      this.#options.service,
      (message, credit, responder) => this.#dispatch(message, credit, responder),
      [...this.#requests.patterns()],
    );
  }

  /** Begins to serve. Rejects with what the transport says, AddressUnusable for one. */
  async start(): Promise<void> {
    this.#phase = 'serving';
    this.declare();
    await this.#options.transport.open();
    this.#telemetry.observe(new ObservedTransport(this.#options.transport));
    if (this.#options.transport.lag) this.#telemetry.observe(new ObservedLag(() => this.lag()));
    const { store } = this.deadLetters;
    if (store instanceof LoggedDeadLetters) await store.open(this.#eventEndpoints.length > 0);
  }

  /**
   * Stops taking new work and resolves when all that was taken is done and answered, or after `drainTimeout`, when what
   * is left is cancelled and counted in the log. Handlers may still call out meanwhile. Idempotent.
   */
  async drain(): Promise<void> {
    if (this.#phase === 'declaring') return;
    this.#draining ??= this.#drain();
    await this.#draining;
  }

  async #drain(): Promise<void> {
    this.#phase = 'draining';
    this.#telemetry.end();
    this.deadLetters.stop();
    for (const endpoint of this.#eventEndpoints) endpoint.stop();
    await this.#options.transport.quiesce();
    await this.#finishWork();
    this.deadLetters.abandon();
    this.#phase = 'drained';
  }

  async #finishWork(): Promise<void> {
    if (this.inFlight === 0) return;
    const { clock, logger, service } = this.#options;
    const limit = this.#options.drainTimeout ?? DEFAULT_DRAIN_TIMEOUT;
    logger.info(`'${service}' is draining: ${this.inFlight} in flight, ${limit} ms to finish`);
    await new Promise<void>((resolve) => {
      const timer = clock.after(limit, resolve);
      this.#idle = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#idle = undefined;
    if (this.inFlight === 0) return;
    logger.warn(
      `'${service}' stops with ${this.inFlight} still in flight after ${limit} ms; they are cancelled`,
    );
    const why = `'${service}' stopped before the work was done`;
    for (const run of this.#runs.all()) {
      const error = run.queued
        ? new Unavailable(`'${service}' stopped before the work began; not started`)
        : new Unavailable(why, { recourse: 'unknown' });
      run.interrupt(error);
    }
    for (const { context } of this.#events.all()) context.cancel(why);
  }

  /** Drains, then closes the transport. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * What is done with requests before their handlers and with events whose handlers fail, with each value and where it
   * was set; and what is in hand.
   */
  describe(): ServerDescription {
    const { inFlight } = this;
    return {
      service: this.#options.service,
      policies: this.#admission.describe(),
      events: this.#eventEndpoints.map((endpoint) => endpoint.describe()),
      now: { inFlight, ...this.#admission.now },
    };
  }

  /** @internal */
  resumed(run: RequestRun): void {
    try {
      if (this.#admission.enter(run)) run.start();
    } catch (error) {
      run.fail(error);
    }
  }

  /** @internal */
  released(run: RequestRun): void {
    this.#admission.released(run);
  }

  /** @internal */
  ended(work: RequestRun | HandledDelivery): void {
    if (work instanceof RequestRun) {
      this.#runs.delete(work);
      this.#admission.ended(work);
    } else this.#events.delete(work);
    this.#checkIdle();
  }

  /** @internal */
  begun(handled: HandledDelivery): void {
    this.#events.add(handled);
  }

  /** @internal */
  get instruments(): Instruments | undefined {
    return this.#telemetry.instruments;
  }

  /** @internal */
  announce(event: EndpointEvent): void {
    // What a listener throws is for the process to hear of.
    for (const listener of this.#listeners) queueMicrotask(() => listener(event));
  }

  async #close(): Promise<void> {
    await this.drain();
    await this.#options.transport.close();
  }

  #dispatch(message: Message, credit: number, responder: Responder): ServerCall {
    if (this.#phase === 'drained') {
      // Sent before its sender heard of the draining: what the handlers need may be destroyed by now.
      responder.fail(
        encodeFailure(new Unavailable(`'${this.#options.service}' is stopping; not started`), false),
      );
      return REFUSED;
    }
    const { pattern } = message.envelope;
    const endpoint = this.#handlers.get(pattern) ?? this.#matching(pattern);
    const refusal = endpoint ? endpoint.control && this.#notOperator(responder) : this.#noHandler(pattern);
    if (!endpoint || refusal) {
      this.#refused(message, refusal);
      responder.fail(encodeFailure(refusal, false));
      return REFUSED;
    }
    const run = new RequestRun(
      this.#options,
      endpoint.handler,
      message,
      credit,
      responder,
      this,
      endpoint.pattern,
      this.#telemetry.instruments,
    );
    this.#runs.add(run);
    this.resumed(run);
    return run;
  }

  /** The handler whose wildcards match. What is asked of the server itself is not for them. */
  #matching(pattern: string): RequestEndpoint | undefined {
    return pattern.startsWith(CONTROL_PREFIX) ? undefined : this.#requests.match(pattern)[0];
  }

  #notOperator(responder: Responder): RookeryError | undefined {
    const { service, control, logger } = this.#options;
    const refusal = operatorRefusal(service, control, responder);
    if (refusal) logger.warn(`refused: ${refusal.message}`);
    return refusal;
  }

  #refused({ envelope }: Message, error: unknown): void {
    const { instruments } = this.#telemetry;
    if (!instruments) return;
    const { service, clock } = this.#options;
    new ServedRequest(instruments, new MessageContext(envelope, service, 1, clock), undefined, clock).end({
      error,
    });
  }

  #noHandler(pattern: string): NoHandler {
    const what = `'${this.#options.service}' has no handler for the request ${shown(pattern)}`;
    if (this.#eventPatterns.match(pattern).length > 0) {
      return new NoHandler(`${what}; it handles it as an event: emit or publish it`);
    }
    return new NoHandler(what + this.#unknown.hint(pattern));
  }

  #checkIdle(): void {
    if (this.inFlight === 0) this.#idle?.();
  }
}
