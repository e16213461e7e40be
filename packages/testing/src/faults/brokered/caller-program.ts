import { isRookeryError, systemClock } from '@rookery/core';
import { pause } from '../../waiting/eventually.js';
import { Load, type LoadOptions } from '../load/load.js';
import { eventOf, kindOf, type CallerOrders, type FlowEvent, type Question } from './orders.js';

/** What a caller does with its orders: over Rookery's core, over Nest, however. */
export interface Calls {
  /** Resolves when the event is accepted. */
  publish(pattern: string, event: FlowEvent): Promise<unknown>;
  /** Resolves with the answer, which is what was sent. */
  request(pattern: string, question: Question): Promise<Question>;
  /** Takes leave of the broker. */
  close(): Promise<unknown>;
}

/** How the lines begin that tell what became of a call. */
export const TOLD = '@';
/** The line that says that the caller has begun. */
export const CALLING = 'calling';

/** What became of one call: `offer`, then `accept` or `refuse`; `ask`, then `answer` or `fail`. */
export type Word = 'offer' | 'accept' | 'refuse' | 'ask' | 'answer' | 'fail';

/** Milliseconds after which an event that was neither accepted nor refused is left alone. */
const EVENT_END = 40_000;
/** Milliseconds that it may take to leave. */
const CLOSE = 3_000;

export function callerOrders(): CallerOrders {
  return JSON.parse(process.argv[2] ?? '{}') as CallerOrders;
}

/**
 * Publishes and asks at a steady rate, whether answers come or not, until it gets a SIGTERM; then waits for what is open and
 * ends. It says what becomes of each call as soon as it knows, so that what was accepted is known however it ends.
 */
export async function runCaller(orders: CallerOrders, calls: Calls): Promise<void> {
  const { patterns, load } = orders;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const told = async (words: readonly [Word, Word, Word], id: number, call: () => Promise<unknown>) => {
    say(`${TOLD} ${words[0]} ${id}`);
    const start = systemClock.now();
    const end = (word: Word, why = '') =>
      say(`${TOLD} ${word} ${id} ${Math.round(systemClock.now() - start)} ${why}`);
    await call().then(
      () => end(words[1]),
      (error: unknown) => end(words[2], nameOf(error)),
    );
  };
  const common: Pick<LoadOptions, 'lasting' | 'margin'> = { lasting: 3_600_000, margin: 1_000 };
  const events = new Load({ ...common, perSecond: load.eventsPerSecond, timeout: EVENT_END }, (id) =>
    told(['offer', 'accept', 'refuse'], id, () => calls.publish(patterns[kindOf(id)], eventOf(orders, id))),
  );
  const requests = new Load({ ...common, perSecond: load.requestsPerSecond, timeout: load.timeout }, (id) =>
    told(['ask', 'answer', 'fail'], id, async () => {
      const answer = await calls.request(patterns.echo, { id });
      if (answer.id !== id) throw new Error('wrong answer');
    }),
  );
  process.once('SIGTERM', () => {
    events.stop();
    requests.stop();
  });
  say(CALLING);
  await Promise.all([events.settled(), requests.settled()]);
  await Promise.race([calls.close(), pause(CLOSE)]).catch(() => undefined);
  process.exit();
}

/** One word that tells errors apart. */
function nameOf(error: unknown): string {
  if (isRookeryError(error)) return error.code;
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().slice(0, 40).replaceAll(/\s+/g, '-') || 'no-text';
}
