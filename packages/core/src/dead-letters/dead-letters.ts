import { assertCount } from '../admission/declared.js';
import type { Clock } from '../clock/clock.js';
import type { Codec } from '../codec/codec.js';
import type { Body } from '../envelope/envelope.js';
import { ConfigurationError, Unavailable } from '../errors/conditions.js';
import type { Subscriber } from '../transport/events.js';
import type { Logger } from '../transport/logger.js';
import type { DeadLetter } from './dead-letter.js';
import { describeFailure } from './failure.js';
import type { DeadLetterGroup } from './group.js';
import {
  DEFAULT_REPLAY_CONCURRENCY,
  DEFAULT_REPLAY_RATE,
  type ReplayOptions,
  type ReplayOutcome,
} from './replay-options.js';
import type { ParkedKey, ParkedKeyFilter } from './parked-letters.js';
import { ReplayedLetter } from './replayed-letter.js';
import { ReplayRun } from './replay-run.js';
import {
  positionOf,
  type DeadLetterFilter,
  type DeadLetterQuery,
  type DeadLetterStore,
  type LetterPosition,
} from './store.js';

/** How many letters of a store are looked at in one go. */
const PAGE = 200;

/** What the dead letters of a server need of it. */
export interface DeadLettersScope {
  readonly service: string;
  readonly store: DeadLetterStore;
  readonly clock: Clock;
  readonly codec: Codec;
  readonly logger: Logger;
  /** By the endpoint's name, what takes its deliveries. */
  readonly endpoints: ReadonlyMap<string, Subscriber>;
}

/** What a service has given up, as its operators see it: listed, grouped, replayed, edited, dropped. */
export class DeadLetters {
  readonly #scope: DeadLettersScope;
  /** The ids of letters that something is being done to: one thing at a time. */
  readonly #busy = new Set<string>();
  readonly #replayed = new Set<ReplayedLetter>();
  readonly #runs = new Set<ReplayRun>();
  #stopping = false;

  /** @internal */
  constructor(scope: DeadLettersScope) {
    this.#scope = scope;
  }

  /** Where they are kept. */
  get store(): DeadLetterStore {
    return this.#scope.store;
  }

  /** The oldest first. */
  list(query?: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    return this.store.list(query);
  }

  /** By endpoint, pattern and kind of cause; the largest first. */
  groups(filter?: DeadLetterFilter): Promise<readonly DeadLetterGroup[]> {
    return this.store.groups(filter);
  }

  get(id: string): Promise<DeadLetter | undefined> {
    return this.store.get(id);
  }

  /** All that fit, the oldest first, read from the store in portions. */
  async *all(filter: DeadLetterFilter = {}): AsyncGenerator<DeadLetter, undefined> {
    for await (const page of this.#pages(filter)) yield* page;
    return undefined;
  }

  /**
   * Hands the letters that fit, and that are there now, to their endpoints again: the same messages, with the same ids,
   * headers and causation, one header more (`rookery-replay`), and attempts from 1. A letter leaves when its handler has
   * accepted it. If all its tries fail again it stays, once, with its history. Outside of all order.
   *
   * Nothing happens before the first pull; leaving the loop begins no further letter.
   *
   * @throws ConfigurationError when an option cannot work
   */
  replay(
    filter: DeadLetterFilter = {},
    options: ReplayOptions = {},
  ): AsyncIterableIterator<ReplayOutcome, undefined> {
    const { rate = DEFAULT_REPLAY_RATE, concurrency = DEFAULT_REPLAY_CONCURRENCY, by } = options;
    if (!(rate > 0))
      throw new ConfigurationError(`the rate is ${rate}; it has to be letters a second, above 0`);
    assertCount('concurrency', concurrency, 1);
    const { clock } = this.#scope;
    const ids = this.#idsOf(filter, by);
    const run = new ReplayRun({
      clock,
      rate,
      concurrency,
      ids,
      replay: (id) => this.#replayOne(id),
      ended: (ended) => void this.#runs.delete(ended),
    });
    this.#runs.add(run);
    if (this.#stopping) run.stop();
    return run;
  }

  /** The keys that are parked, as far as this replica knows. */
  parkedKeys(filter?: ParkedKeyFilter): readonly ParkedKey[] {
    return this.store.parked?.keys(filter) ?? [];
  }

  /**
   * Hands the letters of parked keys to their endpoints, each when the one before it was accepted, in the order in which they came;
   * those that come meanwhile too. Then the key is parked no more. With one that fails again it stays parked, and the loop goes on
   * with the next key. Nothing happens before the first pull; leaving the loop begins no further letter.
   */
  async *release(filter: ParkedKeyFilter, by?: string): AsyncGenerator<ReplayOutcome, undefined> {
    this.#log(`release of ${JSON.stringify(filter)}`, by);
    for (const { endpoint, key } of this.parkedKeys(filter)) {
      for (;;) {
        const [first] = this.store.parked?.of(endpoint, key) ?? [];
        if (!first || this.#stopping) break;
        const outcome = await this.#replayOne(first.id, true);
        yield outcome;
        if (outcome.outcome !== 'handled') break;
      }
    }
    return undefined;
  }

  /** @internal Takes a parked letter out, to be handled as the event that it is; not one that is being released. */
  async takeBack(id: string): Promise<boolean> {
    if (this.#busy.has(id)) return false;
    return this.#alone(id, async () => {
      if (this.store.claim && !(await this.store.claim(id))) return false;
      return this.store.delete(id);
    });
  }

  /**
   * Replaces the body of a letter, which its next replay then has.
   *
   * @throws NotDecodable when it cannot be read, Unavailable while the letter is being replayed
   */
  async edit(id: string, body: Body, by?: string): Promise<DeadLetter | undefined> {
    const { clock, codec } = this.#scope;
    codec.decode(body);
    if (this.#busy.has(id)) throw new Unavailable(`the letter ${id} is being replayed; it was not edited`);
    const edited = await this.#alone(id, () => this.store.edit(id, body, clock.epoch(), by));
    if (edited) this.#log(`the body of the letter ${id} was replaced`, by);
    return edited;
  }

  /** Deletes the letters that fit, but for those that are being replayed, and says how many. */
  async drop(filter: DeadLetterFilter, by?: string): Promise<number> {
    let dropped = 0;
    for await (const page of this.#pages(filter)) {
      const gone = await Promise.all(page.map(({ id }) => this.#dropOne(id)));
      dropped += gone.filter(Boolean).length;
    }
    if (dropped > 0) this.#log(`${dropped} were dropped (${JSON.stringify(filter)})`, by);
    return dropped;
  }

  /** @internal The service stops: no further replay begins, and none waits for its next try. */
  stop(): void {
    this.#stopping = true;
    for (const run of this.#runs) run.stop();
    for (const letter of this.#replayed) letter.stop();
  }

  /** @internal The service has stopped, whatever was still under way. */
  abandon(): void {
    for (const letter of this.#replayed) letter.abandon();
  }

  async *#pages(filter: DeadLetterFilter): AsyncGenerator<readonly DeadLetter[], undefined> {
    let after: LetterPosition | undefined;
    for (;;) {
      const page = await this.store.list({ ...filter, after, limit: PAGE });
      yield page;
      const last = page.at(-1);
      if (!last || page.length < PAGE) return undefined;
      after = positionOf(last);
    }
  }

  async #dropOne(id: string): Promise<boolean> {
    return !this.#busy.has(id) && (await this.#alone(id, () => this.store.delete(id)));
  }

  async *#idsOf(filter: DeadLetterFilter, by: string | undefined): AsyncGenerator<string> {
    this.#log(`replay of ${JSON.stringify(filter)}`, by);
    const now = this.#scope.clock.epoch();
    // What fails from now on, these again among them, is for another replay.
    const until = Math.min(filter.until ?? Infinity, now);
    for await (const { id } of this.all({ ...filter, until })) yield id;
  }

  async #replayOne(id: string, parked = false): Promise<ReplayOutcome> {
    if (this.#busy.has(id)) return { id, outcome: 'left', why: 'it is being replayed already' };
    try {
      return await this.#alone(id, () => this.#tried(id, parked));
    } catch (error) {
      return { id, outcome: 'left', why: describeFailure(error) };
    }
  }

  async #tried(id: string, parked: boolean): Promise<ReplayOutcome> {
    const { endpoints } = this.#scope;
    const left = (why: string): ReplayOutcome => ({ id, outcome: 'left', why });
    const letter = await this.store.get(id);
    if (!letter) return left('it is gone');
    if (letter.parked && !parked)
      return left(`its key '${letter.message.envelope.key}' is parked: release that`);
    const subscriber = endpoints.get(letter.endpoint);
    if (!subscriber) return left(`there is no endpoint ${letter.endpoint} here`);
    if (this.#stopping) return left('the service stops');
    if (!this.store.claim) return this.#handled(letter, subscriber);
    const release = await this.store.claim(id);
    if (!release) return left('another replica has it, or it is gone');
    try {
      // Another one may have changed it before.
      return await this.#handled((await this.store.get(id)) ?? letter, subscriber);
    } finally {
      await release();
    }
  }

  async #handled(letter: DeadLetter, subscriber: Subscriber): Promise<ReplayOutcome> {
    const { id } = letter;
    const replayed = new ReplayedLetter(letter, subscriber, this.#scope.clock);
    this.#replayed.add(replayed);
    const end = await replayed.run();
    this.#replayed.delete(replayed);
    switch (end.outcome) {
      case 'accept':
        await this.store.delete(id);
        return { id, outcome: 'handled' };
      case 'reject':
        return { id, outcome: 'failed', why: end.reason };
      case 'left':
        return { id, outcome: 'left', why: 'the service stopped before it was handled' };
    }
  }

  async #alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#busy.add(id);
    try {
      return await work();
    } finally {
      this.#busy.delete(id);
    }
  }

  #log(what: string, by: string | undefined): void {
    const who = by === undefined ? '' : `, by ${by}`;
    this.#scope.logger.info(`dead letters of '${this.#scope.service}': ${what}${who}`);
  }
}
