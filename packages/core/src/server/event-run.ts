import { inspect } from 'node:util';
import { runInContext } from '../context/ambient.js';
import type { MessageContext } from '../context/message-context.js';
import { isRookeryError } from '../errors/rookery-error.js';
import type { Delivery, Settlement } from '../transport/events.js';
import { isAsyncIterable, isObservableLike, type Handler, type ObservableLike } from './handler.js';
import type { EventEndpointOptions, ServerOptions } from './options.js';
import { DEFAULT_RETRIES, delayAfter } from './retry-schedule.js';

/**
 * Handles one delivery to one endpoint and settles it by the handler's outcome: done accepts it; a failure has it
 * delivered again by the endpoint's schedule; a failure that is terminal, or the last of them, puts it among the dead
 * letters. What fails because the server stops is left unsettled: it comes again, here or elsewhere. Never rejects.
 */
export async function runEvent(
  options: ServerOptions,
  endpoint: EventEndpointOptions,
  handler: Handler,
  delivery: Delivery,
  context: MessageContext,
): Promise<void> {
  let settlement: Settlement = { outcome: 'accept' };
  try {
    const data = options.codec.decode(delivery.message.body);
    await runInContext(context, async () => consume(await handler(data, context)));
  } catch (error) {
    if (context.cancelled) return;
    settlement = await afterFailure(options, endpoint, delivery, error);
  }
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
  { message, attempt }: Delivery,
  error: unknown,
): Promise<Settlement> {
  const { service, logger, random } = options;
  const cause = describeFailure(error);
  const what = `event ${message.envelope.pattern} (${message.envelope.id}) failed in ${endpoint.endpoint} of '${service}'`;
  const schedule = endpoint.retries ?? options.retries ?? DEFAULT_RETRIES;
  const terminal = isRookeryError(error) && error.recourse === 'terminal';
  const delay = terminal ? undefined : delayAfter(attempt, schedule, random);
  if (delay !== undefined) {
    const tries = `try ${attempt} of ${schedule.attempts}, next in ${Math.round(delay)} ms`;
    logger.warn(`${what}: ${cause} (${tries})`);
    return { outcome: 'retry', after: delay };
  }
  try {
    const at = options.clock.epoch();
    await options.deadLetters.put({
      message,
      service,
      endpoint: endpoint.endpoint,
      attempts: attempt,
      cause,
      at,
    });
    logger.error(`${what}: ${cause}; given up after try ${attempt}, it is among the dead letters`);
    return { outcome: 'reject', reason: cause };
  } catch (refusal) {
    // Better again and again than lost.
    logger.error(
      `${what}: ${cause}; the dead letters did not take it: ${describeFailure(refusal)}; it will come again`,
    );
    return { outcome: 'retry', after: schedule.maxDelay };
  }
}

function describeFailure(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return typeof error === 'string' ? error : inspect(error, { breakLength: Infinity });
}
