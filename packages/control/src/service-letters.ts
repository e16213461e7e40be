import {
  bodyRecord,
  comparePositions,
  CONTROL,
  DEFAULT_REPLAY_CONCURRENCY,
  DEFAULT_REPLAY_RATE,
  foldGroups,
  fromParts,
  type Body,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterRecord,
  type DeadLetterSummary,
  type LetterPosition,
  type ParkedKey,
  type ParkedKeyFilter,
  type ReplayBegun,
  type ReplayOutcome,
} from '@rookery/core';
import { mergedStreams, type MergedSource } from './merged-streams.js';
import type { AskedReplica } from './replicas.js';

/** Which letters are meant: a filter, or all by saying so. What says nothing is refused where something would change. */
export interface WhichLetters {
  readonly filter?: DeadLetterFilter | undefined;
  readonly all?: boolean | undefined;
}

/** A letter, and which replica has it. */
export interface ListedLetter extends DeadLetterSummary {
  readonly on: string;
}

/** See {@link ServiceLetters.list}. */
export interface LetterPage {
  readonly letters: readonly ListedLetter[];
  /** Where the next page begins; `undefined` after the last. */
  readonly next: LetterPosition | undefined;
}

/** See {@link ServiceLetters.replay}. */
export interface ReplaySettings {
  /** Letters a second, all replicas together. Default 100. */
  readonly rate?: number | undefined;
  /** How many are under way at once on each replica. Default 16. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a letter, and which replica has it or had it. */
export interface ReplayedLetter extends ReplayOutcome {
  readonly on: string;
}

const PAGE = 100;

/**
 * The dead letters of a service, those of all replicas that are asked put together. What one of them fails with, the whole
 * fails with.
 */
export class ServiceLetters {
  readonly #asked: readonly AskedReplica[];

  /** @internal */
  constructor(asked: readonly AskedReplica[]) {
    this.#asked = asked;
  }

  /**
   * A page of the letters that fit, the oldest first.
   *
   * @param limit how many, at most 500. Default 100
   * @param after where the page begins: `next` of the page before
   */
  async list(
    filter: DeadLetterFilter = {},
    limit: number = PAGE,
    after?: LetterPosition,
  ): Promise<LetterPage> {
    const data = { filter, limit: limit + 1, after };
    const each = await Promise.all(
      this.#asked.map(async (replica) => {
        const letters: ListedLetter[] = [];
        for await (const letter of replica.stream(CONTROL.list, data))
          letters.push({ ...(letter as DeadLetterSummary), on: replica.name });
        return letters;
      }),
    );
    const letters = each.flat().sort((a, b) => comparePositions(placeOf(a), placeOf(b)));
    const page = letters.slice(0, limit);
    const last = page.at(-1);
    return { letters: page, next: last && letters.length > limit ? placeOf(last) : undefined };
  }

  /** The groups of the letters that fit: one endpoint, one pattern, one kind of cause. The largest first. */
  async groups(filter: DeadLetterFilter = {}): Promise<DeadLetterGroup[]> {
    const groups: DeadLetterGroup[] = [];
    for (const replica of this.#asked) {
      for await (const group of replica.stream(CONTROL.groups, { filter }))
        groups.push(group as DeadLetterGroup);
    }
    return foldGroups(groups);
  }

  /** All of one letter; `undefined` if it is not there. */
  async get(id: string): Promise<DeadLetterRecord | undefined> {
    for (const replica of this.#asked) {
      for await (const letter of fromParts<DeadLetterRecord>(replica.stream(CONTROL.get, { id })))
        return letter;
    }
    return undefined;
  }

  /** All of the letters that fit, one replica after the other, the oldest of each first. */
  async *export(filter: DeadLetterFilter = {}): AsyncGenerator<DeadLetterRecord, undefined> {
    for (const replica of this.#asked)
      yield* fromParts<DeadLetterRecord>(replica.stream(CONTROL.export, { filter }));
    return undefined;
  }

  /**
   * Replays the letters that fit and gives each outcome as it is known. Once the loop is left, or `signal` aborts, no further
   * letter is begun; what is under way goes on there.
   */
  replay(which: WhichLetters, settings: ReplaySettings = {}): AsyncGenerator<ReplayedLetter, undefined> {
    const { rate = DEFAULT_REPLAY_RATE, concurrency = DEFAULT_REPLAY_CONCURRENCY, signal } = settings;
    const data = { ...which, rate: rate / this.#asked.length, concurrency };
    return this.#outcomes(CONTROL.replay, data, signal);
  }

  /** The keys that are parked. */
  async parked(filter: ParkedKeyFilter = {}): Promise<ParkedKey[]> {
    const keys: ParkedKey[] = [];
    for (const replica of this.#asked) {
      for await (const key of replica.stream(CONTROL.parked, filter)) keys.push(key as ParkedKey);
    }
    return keys;
  }

  /**
   * Hands the letters of parked keys to their endpoints, each when the one before it was accepted, and gives each outcome as it is
   * known. A key with a letter that fails again stays parked.
   */
  release(
    which: ParkedKeyFilter & { readonly all?: boolean | undefined },
    signal?: AbortSignal,
  ): AsyncGenerator<ReplayedLetter, undefined> {
    return this.#outcomes(CONTROL.release, which, signal);
  }

  /**
   * Replaces the body of a letter: JSON as text, or bytes. Gives whether it was there.
   *
   * @throws NotDecodable when its service could not read it, Unavailable while the letter is being replayed
   */
  async edit(id: string, body: Body): Promise<boolean> {
    const each = await Promise.all(
      this.#asked.map((replica) => replica.ask(CONTROL.edit, { id, body: bodyRecord(body) })),
    );
    return each.includes(true);
  }

  /** Deletes the letters that fit, for good, but for those that are being replayed, and gives how many. */
  async drop(which: WhichLetters): Promise<number> {
    const each = await Promise.all(this.#asked.map((replica) => replica.ask(CONTROL.drop, which)));
    return each.reduce<number>((sum, dropped) => sum + (dropped as number), 0);
  }

  #outcomes(pattern: string, data: unknown, signal: AbortSignal | undefined) {
    const sources = this.#asked.map((replica): MergedSource<ReplayBegun | ReplayOutcome, ReplayedLetter> => ({
      items: replica.stream(pattern, data) as AsyncIterableIterator<ReplayBegun | ReplayOutcome>,
      read: (item) => ('begun' in item ? undefined : { ...item, on: replica.name }),
    }));
    return mergedStreams(sources, signal);
  }
}

function placeOf({ id, firstFailure }: DeadLetterSummary): LetterPosition {
  return { at: firstFailure.at, id };
}
