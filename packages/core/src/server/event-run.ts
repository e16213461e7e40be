import type { MessageContext } from '../context/message-context.js';
import type { Surroundings } from '../context/surroundings.js';
import { describeFailure, letterFailure } from '../dead-letters/failure.js';
import type { Failure } from '../telemetry/failure.js';
import type { HandledEvent } from '../telemetry/handled-event.js';
import type { Delivery, Settlement } from '../transport/events.js';
import { isAsyncIterable, isObservableLike, type ObservableLike } from '../streams/kinds.js';
import type { EventScope } from './event-scope.js';
import { failureOf, giveUp } from './give-up.js';
import type { Handler } from './handler.js';
import type { EventEndpointOptions } from './options.js';
import { DEFAULT_RETRIES, delayAfter, type RetrySchedule } from './retry-schedule.js';

/**
 * Handles one delivery to one endpoint and settles it by the handler's outcome: done accepts it; a failure has it
 * delivered again by the endpoint's schedule; the last failure, or a body that cannot be read, puts it among the dead
 * letters. What fails because the server stops is left unsettled: it comes again, here or elsewhere. Never rejects.
 */
export async function runEvent(
  options: EventScope,
  endpoint: EventEndpointOptions,
  handler: Handler,
  delivery: Delivery,
  context: MessageContext,
  surroundings: Surroundings,
  observed?: HandledEvent,
): Promise<void> {
  let data: unknown;
  try {
    data = options.codec.decode(delivery.message.body);
  } catch (error) {
    // It will never be readable, so no further try.
    const settlement = await surroundings.run(context, () => end(options, endpoint, delivery, error));
    observed?.end(settlement.outcome, { error });
    delivery.settle(settlement);
    return;
  }
  let settlement: Settlement = { outcome: 'accept' };
  let failure: Failure | undefined;
  try {
    await surroundings.run(context, async () => consume(await handler(data, context)));
    if (delivery.attempt > 1) options.firstFailures.forget(context.messageId, endpoint.endpoint);
  } catch (error) {
    failure = { error };
    if (context.cancelled) {
      observed?.end('none', failure);
      return;
    }
    // within the context, which the log is to show
    settlement = await surroundings.run(context, () => afterFailure(options, endpoint, delivery, error));
  }
  observed?.end(settlement.outcome, failure);
  delivery.settle(settlement);
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
  options: EventScope,
  endpoint: EventEndpointOptions,
  delivery: Delivery,
  error: unknown,
): Promise<Settlement> {
  const schedule = scheduleOf(options, endpoint);
  const delay = delayAfter(delivery.attempt, schedule, options.random);
  if (delay === undefined) return end(options, endpoint, delivery, error);
  const { service, firstFailures, clock, replica, logger } = options;
  const cause = describeFailure(error);
  const failure = letterFailure(error, clock.epoch(), replica);
  firstFailures.note(delivery.message.envelope.id, endpoint.endpoint, failure);
  const tries = `try ${delivery.attempt} of ${schedule.attempts}, next in ${Math.round(delay)} ms`;
  logger.warn(`${failureOf(service, endpoint.endpoint, delivery)}: ${cause} (${tries})`);
  return { outcome: 'retry', after: delay, reason: cause };
}

function end(
  options: EventScope,
  endpoint: EventEndpointOptions,
  delivery: Delivery,
  error: unknown,
): Promise<Settlement> {
  const pause = scheduleOf(options, endpoint).maxDelay;
  return giveUp(options, { endpoint: endpoint.endpoint, delivery, error, pause });
}

function scheduleOf(options: EventScope, endpoint: EventEndpointOptions): RetrySchedule {
  return endpoint.retries ?? options.retries ?? DEFAULT_RETRIES;
}
