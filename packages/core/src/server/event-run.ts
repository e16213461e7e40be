import { decodeBody } from '../codec/decode-body.js';
import { MessageContext } from '../context/message-context.js';
import type { Surroundings } from '../context/surroundings.js';
import { describeFailure, letterFailure } from '../dead-letters/failure.js';
import { ownBody, ownEnvelope } from '../envelope/own-message.js';
import { isRookeryError } from '../errors/rookery-error.js';
import type { KillSwitch } from '../recoverability/kill-switch.js';
import type { EventRetries } from '../recoverability/retries.js';
import { delayAfter } from '../recoverability/retry-schedule.js';
import { isTerminal } from '../recoverability/terminal.js';
import type { HandledEvent } from '../telemetry/handled-event.js';
import type { Delivery, Settlement } from '../transport/events.js';
import { isAsyncIterable, isObservableLike, type ObservableLike } from '../streams/kinds.js';
import type { EventScope } from './event-scope.js';
import { failureOf, giveUp } from './give-up.js';
import type { Handler } from './handler.js';
import type { KeyParking } from './key-parking.js';
import type { EventEndpointOptions } from './options.js';

type Endpoint = EventEndpointOptions & { readonly retries: EventRetries };

/** What the deliveries of one endpoint have in common. */
export interface EndpointWork {
  readonly options: EventScope;
  readonly endpoint: Endpoint;
  readonly handler: Handler;
  readonly surroundings: Surroundings;
  /** `undefined` when it is off. */
  readonly killSwitch: KillSwitch | undefined;
  /** `undefined` where no key is parked. */
  readonly parking?: KeyParking | undefined;
}

/** One delivery being handled. */
export interface DeliveryInHand {
  readonly delivery: Delivery;
  /** That of the try that is under way. */
  context: MessageContext;
  /** By the monotonic clock; no further try begins after it. `Infinity` where none waits for it. */
  readonly retryUntil: number;
}

/** Why the last try of a delivery failed. */
interface FailedTry {
  readonly error: unknown;
  /** No further try is made. */
  readonly terminal: boolean;
}

/** A context for one try of a delivery, of which the handler may change what it likes. */
export function contextOf(delivery: Delivery, { service, clock }: EventScope): MessageContext {
  const envelope = ownEnvelope(delivery.message.envelope);
  const { attempt, native, peer, fencingToken } = delivery;
  const context = new MessageContext(envelope, service, attempt, clock, native, peer, fencingToken);
  context.delivery = delivery;
  return context;
}

/**
 * Handles one delivery to one endpoint and says how it ends, by the handler's outcome: done accepts it; a failure is tried again
 * at once as often as the endpoint wants, and then delivered again by its schedule; the last failure, one after which
 * there is nothing to hope for, or a body that cannot be read, puts it among the dead letters. What fails because the
 * endpoint is broken comes again without counting. What fails because the server stops is left unsettled, `undefined`: it
 * comes again, here or elsewhere. Never rejects.
 */
export async function runEvent(
  work: EndpointWork,
  inHand: DeliveryInHand,
  observed?: HandledEvent,
): Promise<Settlement | undefined> {
  const { killSwitch, surroundings } = work;
  const { delivery } = inHand;
  const generation = killSwitch?.generation ?? 0;
  const failed = await handle(work, inHand);
  if (!failed) {
    killSwitch?.succeeded(generation);
    work.options.firstFailures.forget(delivery.message.envelope.id, work.endpoint.endpoint);
    observed?.end('accept', undefined);
    return { outcome: 'accept' };
  }
  if (inHand.context.cancelled && !failed.terminal) {
    killSwitch?.forget(generation);
    observed?.end('none', failed);
    return undefined;
  }
  // within the context, which the log is to show
  const settlement = await surroundings.run(inHand.context, () =>
    afterFailure(work, inHand, failed, generation),
  );
  observed?.end(settlement.outcome, failed);
  return settlement;
}

/** Tries until one try succeeds, or there is none left within this delivery. */
async function handle(work: EndpointWork, inHand: DeliveryInHand): Promise<FailedTry | undefined> {
  const { options, endpoint, handler, surroundings } = work;
  const { immediate } = endpoint.retries;
  const { delivery } = inHand;
  const { envelope, body } = delivery.message;
  for (let retry = 0; ; retry++) {
    let data: unknown;
    try {
      data = decodeBody(options.codec, { envelope, body: ownBody(body) });
    } catch (error) {
      return { error, terminal: true }; // it will never be readable
    }
    const { context } = inHand;
    try {
      await surroundings.run(context, async () => consume(await handler(data, context)));
      if (context.decision === undefined || context.decision === 'accept') return undefined;
      throw new Error(`the handler itself has said: ${context.decision}`);
    } catch (error) {
      if (context.decision === 'accept') {
        surroundings.run(context, () =>
          options.logger.warn(failedAccepted(options, endpoint, delivery, error)),
        );
        return undefined;
      }
      if (context.decision === 'reject') return { error, terminal: true };
      if (context.cancelled) return { error, terminal: false };
      const terminal =
        context.decision === undefined && surroundings.run(context, () => givesUp(options, endpoint, error));
      const failed = { error, terminal };
      if (failed.terminal || retry >= immediate) return failed;
      noteFailure(options, endpoint, delivery, error);
      const line = failedTry(
        options,
        endpoint,
        delivery,
        error,
        `immediate retry ${retry + 1} of ${immediate}`,
      );
      surroundings.run(context, () => options.logger.warn(line));
    }
    inHand.context = contextOf(delivery, options);
    inHand.context.telemetry = context.telemetry;
  }
}

function givesUp(options: EventScope, endpoint: Endpoint, error: unknown): boolean {
  try {
    return isTerminal(error, endpoint.retries);
  } catch (defect) {
    options.logger.error(
      `giveUp of the endpoint ${endpoint.endpoint} failed, so that the event is tried again: ${describeFailure(defect)}`,
    );
    return false;
  }
}

/**
 * An event's handler has done its work when what it returned has ended; the values themselves go nowhere, but a value
 * that is itself work, as an async iterable that an interceptor has wrapped, is done too.
 */
async function consume(result: unknown): Promise<void> {
  if (isObservableLike(result)) await completion(result);
  else if (isAsyncIterable(result)) for await (const _ of result);
}

function completion(source: ObservableLike): Promise<void> {
  return new Promise((resolve, reject) => {
    const inner: Promise<void>[] = [];
    source.subscribe({
      next: (value) => {
        if (isAsyncIterable(value)) inner.push(consume(value).catch(reject));
      },
      complete: () => void Promise.all(inner).then(() => resolve()),
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a filter's result is no Error
      error: (error: unknown) => reject(error),
    });
  });
}

async function afterFailure(
  { options, endpoint, killSwitch, parking }: EndpointWork,
  { delivery, retryUntil }: DeliveryInHand,
  { error, terminal }: FailedTry,
  generation: number,
): Promise<Settlement> {
  const { retries } = endpoint;
  const end = () =>
    giveUp(options, {
      ...{ endpoint: endpoint.endpoint, delivery, error, pause: retries.maxDelay },
      parked: parking?.place(delivery),
    });
  if (terminal) {
    killSwitch?.forget(generation);
    return end();
  }
  const counts = killSwitch?.failed(generation, error) ?? true;
  const scheduled = counts ? delayAfter(delivery.attempt, retries, options.random) : killSwitch?.later();
  if (scheduled === undefined) return end();
  const after = Math.max(scheduled, askedFor(error));
  if (counts && options.clock.now() + after > retryUntil) return end();
  noteFailure(options, endpoint, delivery, error);
  const next = `${counts ? '' : 'which does not count, '}next in ${Math.round(after)} ms`;
  options.logger.warn(failedTry(options, endpoint, delivery, error, next));
  return { outcome: 'retry', after, ...(counts ? {} : { uncounted: true }), reason: describeFailure(error) };
}

/** Milliseconds for which the error asks to wait. */
function askedFor(error: unknown): number {
  const asked = isRookeryError(error) ? error.retryAfter : undefined;
  return asked !== undefined && Number.isFinite(asked) ? asked : 0;
}

function noteFailure(
  { firstFailures, clock, replica }: EventScope,
  { endpoint }: Endpoint,
  { message }: Delivery,
  error: unknown,
): void {
  firstFailures.note(message.envelope.id, endpoint, letterFailure(error, clock.epoch(), replica));
}

/** The line in the log for what a handler has thrown that had accepted its event before. */
function failedAccepted(
  { service }: EventScope,
  { endpoint }: Endpoint,
  delivery: Delivery,
  error: unknown,
): string {
  const what = `${failureOf(service, endpoint, delivery)}: ${describeFailure(error)}`;
  return `${what} (the handler had accepted the event before, so that it does not come again)`;
}

/** The line in the log for a try after which another one comes. */
function failedTry(
  { service }: EventScope,
  { endpoint, retries }: Endpoint,
  delivery: Delivery,
  error: unknown,
  next: string,
): string {
  const what = `${failureOf(service, endpoint, delivery)}: ${describeFailure(error)}`;
  return `${what} (try ${delivery.attempt} of ${retries.attempts}, ${next})`;
}
