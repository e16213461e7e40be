import { inspect } from 'node:util';
import type { MessageContext } from '../context/message-context.js';
import type { Surroundings } from '../context/surroundings.js';
import type { Failure } from '../telemetry/failure.js';
import type { HandledEvent } from '../telemetry/handled-event.js';
import type { Delivery, Settlement } from '../transport/events.js';
import { isAsyncIterable, isObservableLike, type ObservableLike } from '../streams/kinds.js';
import type { Handler } from './handler.js';
import type { EventEndpointOptions, ServerOptions } from './options.js';
import { DEFAULT_RETRIES, delayAfter, type RetrySchedule } from './retry-schedule.js';

/**
 * Handles one delivery to one endpoint and settles it by the handler's outcome: done accepts it; a failure has it
 * delivered again by the endpoint's schedule; the last failure, or a body that cannot be read, puts it among the dead
 * letters. What fails because the server stops is left unsettled: it comes again, here or elsewhere. Never rejects.
 */
export async function runEvent(
  options: ServerOptions,
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
    const cause = describeFailure(error);
    const settlement = await surroundings.run(context, () => giveUp(options, endpoint, delivery, cause));
    observed?.end(settlement.outcome, { error });
    delivery.settle(settlement);
    return;
  }
  let settlement: Settlement = { outcome: 'accept' };
  let failure: Failure | undefined;
  try {
    await surroundings.run(context, async () => consume(await handler(data, context)));
  } catch (error) {
    failure = { error };
    if (context.cancelled) {
      observed?.end('none', failure);
      return;
    }
    const cause = describeFailure(error);
    // within the context, which the log is to show
    settlement = await surroundings.run(context, () => afterFailure(options, endpoint, delivery, cause));
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
  options: ServerOptions,
  endpoint: EventEndpointOptions,
  delivery: Delivery,
  cause: string,
): Promise<Settlement> {
  const schedule = scheduleOf(options, endpoint);
  const delay = delayAfter(delivery.attempt, schedule, options.random);
  if (delay === undefined) return giveUp(options, endpoint, delivery, cause);
  const tries = `try ${delivery.attempt} of ${schedule.attempts}, next in ${Math.round(delay)} ms`;
  options.logger.warn(`${failureOf(options, endpoint, delivery)}: ${cause} (${tries})`);
  return { outcome: 'retry', after: delay, reason: cause };
}

/** Puts the event among the dead letters; if they do not take it, better again and again than lost. */
async function giveUp(
  options: ServerOptions,
  endpoint: EventEndpointOptions,
  delivery: Delivery,
  cause: string,
): Promise<Settlement> {
  const { service, logger, clock } = options;
  const { message, attempt: attempts } = delivery;
  const what = `${failureOf(options, endpoint, delivery)}: ${cause}`;
  try {
    const at = clock.epoch();
    await options.deadLetters.put({ message, service, endpoint: endpoint.endpoint, attempts, cause, at });
    logger.error(`${what}; given up after try ${attempts}, it is among the dead letters`);
    return { outcome: 'reject', reason: cause };
  } catch (refusal) {
    logger.error(
      `${what}; the dead letters did not take it: ${describeFailure(refusal)}; it will come again`,
    );
    return { outcome: 'retry', after: scheduleOf(options, endpoint).maxDelay, reason: cause };
  }
}

function scheduleOf(options: ServerOptions, endpoint: EventEndpointOptions): RetrySchedule {
  return endpoint.retries ?? options.retries ?? DEFAULT_RETRIES;
}

function failureOf(
  { service }: ServerOptions,
  { endpoint }: EventEndpointOptions,
  { message }: Delivery,
): string {
  return `event ${message.envelope.pattern} (${message.envelope.id}) failed in ${endpoint} of '${service}'`;
}

function describeFailure(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return typeof error === 'string' ? error : inspect(error, { breakLength: Infinity });
}
