import type { MessageContext } from '../context/message-context.js';
import type { DeadLetters } from '../dead-letters/dead-letters.js';
import type { DeadLetterGroup } from '../dead-letters/group.js';
import { bodyOf, toRecord, type DeadLetterRecord } from '../dead-letters/record.js';
import type { ParkedKey } from '../dead-letters/parked-letters.js';
import type { DeadLetterFilter } from '../dead-letters/store.js';
import { ConfigurationError } from '../errors/conditions.js';
import type { Handler } from '../server/handler.js';
import type { ServerOptions } from '../server/options.js';
import { summaryOf, type ControlDescription, type DeadLetterSummary } from './answers.js';
import { asked, askedFilter, askedPage, askedSome, checks } from './asked.js';
import { inParts } from './parts.js';
import { CONTROL } from './patterns.js';
import { ReplayAnswer } from './replay-answer.js';

/** What a server answers to its operators, by pattern. */
export function controlHandlers(
  { service, replica, clock, transport }: ServerOptions,
  letters: DeadLetters,
): ReadonlyMap<string, Handler> {
  const { scope } = letters.store;
  const parted = (record: DeadLetterRecord): Iterable<object> =>
    inParts(record, transport.capabilities.maxBody);

  async function* list(data: unknown): AsyncGenerator<DeadLetterSummary> {
    for (const letter of await letters.list(askedPage(data))) yield summaryOf(letter);
  }
  async function* groups(data: unknown): AsyncGenerator<DeadLetterGroup> {
    yield* await letters.groups(filterIn(data));
  }
  async function* get(data: unknown): AsyncGenerator<object> {
    const letter = await letters.get(idIn(asked(data, { id: checks.text })));
    if (letter) yield* parted(toRecord(letter));
  }
  async function* exported(data: unknown): AsyncGenerator<object> {
    for await (const letter of letters.all(filterIn(data))) yield* parted(toRecord(letter));
  }
  function replay(data: unknown, context: MessageContext): ReplayAnswer {
    const { filter, all, ...options } = asked(data, REPLAY);
    const some = askedSome(askedFilter(filter), all);
    return new ReplayAnswer(letters.replay(some, { ...options, by: operatorOf(context) }));
  }
  async function* parked(data: unknown): AsyncGenerator<ParkedKey> {
    yield* letters.parkedKeys(asked(data, PARKED));
  }
  function release(data: unknown, context: MessageContext): ReplayAnswer {
    const { all, ...filter } = asked(data, { ...PARKED, all: checks.anything });
    if (all !== true && Object.keys(filter).length === 0)
      throw new ConfigurationError('which keys? Give a key, or an endpoint, or all: true');
    return new ReplayAnswer(letters.release(filter, operatorOf(context)));
  }
  const describe = (): ControlDescription => ({
    service,
    replica,
    deadLetters: { scope },
    at: clock.epoch(),
  });
  const edit: Handler = async (data, context) => {
    const fields = asked(data, { id: checks.text, body: checks.anything });
    const letter = await letters.edit(idIn(fields), bodyOf(fields['body'] ?? null), operatorOf(context));
    return letter !== undefined;
  };
  const drop: Handler = (data, context) => {
    const { filter, all } = asked(data, { ...WITH_FILTER, all: checks.anything });
    return letters.drop(askedSome(askedFilter(filter), all), operatorOf(context));
  };
  return new Map<string, Handler>([
    [CONTROL.describe, describe],
    [CONTROL.list, list],
    [CONTROL.groups, groups],
    [CONTROL.get, get],
    [CONTROL.edit, edit],
    [CONTROL.drop, drop],
    [CONTROL.replay, replay],
    [CONTROL.parked, parked],
    [CONTROL.release, release],
    [CONTROL.export, exported],
  ]);
}

const WITH_FILTER = { filter: checks.anything };

const PARKED = { endpoint: checks.text, key: checks.text };

const REPLAY = { ...WITH_FILTER, all: checks.anything, rate: checks.number, concurrency: checks.number };

function filterIn(data: unknown): DeadLetterFilter {
  return askedFilter(asked(data, WITH_FILTER)['filter']);
}

function idIn({ id }: Readonly<Record<string, unknown>>): string {
  return typeof id === 'string' ? id : '';
}

/** Who operates, as far as that is known: for the log, not for a decision. */
function operatorOf({ peer, envelope }: MessageContext): string | undefined {
  return peer?.service ?? envelope.source;
}
