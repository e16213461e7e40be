import { TOLD, type Word } from './caller-program.js';
import type { JournalEntry } from './journal.js';
import { ENDPOINTS, kindOf } from './orders.js';

/** What became of everything that was asked of a service, as data. */
export interface FlowCounts {
  /** Events. */
  readonly offered: number;
  readonly accepted: number;
  /** Milliseconds within which 99 of 100 accepted events were accepted. */
  readonly acceptP99: number;
  /** Events that their publisher was told are not accepted, by why. */
  readonly refused: Readonly<Record<string, number>>;
  /** Accepted, and not handled and no dead letter at one of their endpoints at least. */
  readonly lost: number;
  /** Accepted or not, and the same. */
  readonly unhandled: number;
  /** How often an endpoint has handled an event again. */
  readonly repeated: number;
  /** How often an event was first handled after a later one of its publisher and key. */
  readonly outOfOrder: number;
  /** Events at an endpoint that are among its dead letters. */
  readonly deadLetters: number;
  readonly requests: number;
  readonly answered: number;
  readonly failed: Readonly<Record<string, number>>;
  /** Requests without an end a second after their deadline, and events neither accepted nor refused in 40 s. */
  readonly hung: number;
}

/** One process that calls, and what it has said. */
export interface Publisher {
  readonly name: string;
  readonly lines: readonly string[];
  /** It was killed: what it had open has no end. */
  readonly killed: boolean;
}

interface Said {
  readonly ends: Map<number, { readonly word: Word; readonly took: number; readonly why: string }>;
  readonly begun: Set<number>;
}

/** Milliseconds that a machine under load may take to notice a deadline. */
const MARGIN = 1_000;

/** Puts together what the publishers have said and what the replicas have written down. */
export function countsOf(
  publishers: readonly Publisher[],
  entries: readonly JournalEntry[],
  timeout: number,
): FlowCounts {
  const said = publishers.map((publisher) => ({ ...publisher, ...saidBy(publisher.lines) }));
  const ended = (word: Word) =>
    said.flatMap(({ events, requests }) =>
      [...events.ends.values(), ...requests.ends.values()].filter((end) => end.word === word),
    );
  const accepted = ended('accept');
  const answers = [...ended('answer'), ...ended('fail')];
  const open = said.filter(({ killed }) => !killed);
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const silent = sum(open.map(({ events, requests }) => missing(events) + missing(requests)));
  const names = new Set(publishers.map(({ name }) => name));
  const own = entries.filter(({ event }) => names.has(event.by));
  const handled = own.filter(({ dead }) => !dead);
  return {
    offered: sum(said.map(({ events }) => events.begun.size)),
    accepted: accepted.length,
    acceptP99: p99(accepted.map(({ took }) => took)),
    refused: byWhy(ended('refuse')),
    lost: lostOf(publishers, own).length,
    unhandled: missedOf(publishers, own, ({ begun }) => begun.keys()).length,
    repeated: handled.length - new Set(handled.map(nameOf)).size,
    outOfOrder: misplaced(handled),
    deadLetters: new Set(own.filter(({ dead }) => dead).map(nameOf)).size,
    requests: sum(said.map(({ requests }) => requests.begun.size)),
    answered: ended('answer').filter(({ took }) => took <= timeout + MARGIN).length,
    failed: byWhy(ended('fail')),
    hung: silent + answers.filter(({ took }) => took > timeout + MARGIN).length,
  };
}

/** The accepted events that an endpoint misses, by publisher and number. */
export function lostOf(publishers: readonly Publisher[], entries: readonly JournalEntry[]): string[] {
  return missedOf(publishers, entries, ({ ends }) =>
    [...ends].flatMap(([id, { word }]) => (word === 'accept' ? [id] : [])),
  );
}

function missedOf(
  publishers: readonly Publisher[],
  entries: readonly JournalEntry[],
  which: (said: Said) => Iterable<number>,
): string[] {
  const done = new Set(entries.map(nameOf));
  return publishers.flatMap((publisher) => {
    const { name } = publisher;
    const misses = (id: number): boolean =>
      ENDPOINTS[kindOf(id)].some((endpoint) => !done.has(`${endpoint} ${name} ${id}`));
    return [...which(saidBy(publisher.lines).events)].filter(misses).map((id) => `${name}/${id}`);
  });
}

/** How many requests a publisher has begun, and which were answered. */
export function requestsIn(lines: readonly string[]): { asked: number; answered: number[] } {
  const { begun, ends } = saidBy(lines).requests;
  const answered = [...ends].flatMap(([id, { word }]) => (word === 'answer' ? [id] : []));
  return { asked: begun.size, answered };
}

function saidBy(lines: readonly string[]): { readonly events: Said; readonly requests: Said } {
  const events: Said = { begun: new Set(), ends: new Map() };
  const requests: Said = { begun: new Set(), ends: new Map() };
  for (const line of lines) {
    const [mark, word, id, took, why = ''] = line.split(' ') as [string, Word, string, string?, string?];
    if (mark !== TOLD) continue;
    const said = word === 'offer' || word === 'accept' || word === 'refuse' ? events : requests;
    if (took === undefined) said.begun.add(Number(id));
    else said.ends.set(Number(id), { word, took: Number(took), why });
  }
  return { events, requests };
}

function missing({ begun, ends }: Said): number {
  return begun.size - ends.size;
}

function nameOf({ endpoint, event }: JournalEntry): string {
  return `${endpoint} ${event.by} ${event.id}`;
}

function misplaced(entries: readonly JournalEntry[]): number {
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  let count = 0;
  for (const entry of entries) {
    const { endpoint, event } = entry;
    if (endpoint !== ENDPOINTS.moved[0] || seen.has(nameOf(entry))) continue;
    seen.add(nameOf(entry));
    const lane = `${event.by} ${event.key}`;
    const last = latest.get(lane) ?? -1;
    if (event.id < last) count++;
    else latest.set(lane, event.id);
  }
  return count;
}

function p99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
}

function byWhy(ends: readonly { readonly why: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { why } of ends) counts[why] = (counts[why] ?? 0) + 1;
  return counts;
}
