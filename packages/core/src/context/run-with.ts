import type { Random } from '../clock/random.js';
import { callContext, runInContext } from './ambient.js';
import { Baggage } from './baggage.js';
import { EdgeContext } from './edge-context.js';
import type { Travelling } from './travelling.js';
import { currentRuntime } from '../runtime/runtime.js';
import { remoteContext } from '../telemetry/remote-context.js';

/** What {@link runWith} sets. What is left out stays as it is around it. */
export interface ContextFields extends Omit<Travelling, 'baggage'> {
  /** Shared by all messages of one business transaction. Default, where there is none yet: a new one. */
  readonly correlationId?: string | undefined;
  /** Added to the baggage that is there; a header in place of it. */
  readonly baggage?: Readonly<Record<string, string>> | string | undefined;
}

/**
 * Runs `work` in a context of its own: where a cron job, a command or a queue of somebody else's begins, or for a part
 * of a handler that is done for another tenant. All that is called below it carries what is set here, with its time
 * limit and its cancel those of the message being handled, if one is.
 *
 *     runWith({ tenant: 'acme', caller: 'nightly' }, () => billing.request('invoices.close', { month }));
 *
 * @param random where a new correlation id comes from
 * @throws ConfigurationError when the baggage cannot travel
 */
export function runWith<R>(
  fields: ContextFields,
  work: () => R,
  random: Random = currentRuntime().random,
): R {
  const outer = callContext();
  const begunTrace = fields.traceparent !== undefined;
  const context = new EdgeContext(
    {
      correlationId: fields.correlationId ?? outer?.correlationId,
      traceparent: begunTrace ? fields.traceparent : outer?.traceparent,
      tracestate: begunTrace ? fields.tracestate : (fields.tracestate ?? outer?.tracestate),
      baggage: baggageOf(fields.baggage, outer?.baggageHeader),
      caller: fields.caller ?? outer?.caller,
      tenant: fields.tenant ?? outer?.tenant,
    },
    random,
    outer?.message,
  );
  // A trace that is named here goes before the span that may be active around it.
  if (begunTrace) context.telemetry = remoteContext(context);
  return runInContext(context, work);
}

function baggageOf(given: ContextFields['baggage'], outer: string | undefined): string | undefined {
  if (given === undefined) return outer;
  if (typeof given === 'string') return given;
  const baggage = new Baggage(outer);
  for (const [name, value] of Object.entries(given)) baggage.set(name, value);
  return baggage.header;
}
