import type { Clock, Timer } from '../clock/clock.js';
import type { Random } from '../clock/random.js';
import type { Body } from '../envelope/envelope.js';
import { Unavailable } from '../errors/conditions.js';
import { isRookeryError } from '../errors/rookery-error.js';
import { Backoff } from '../transport/backoff.js';
import type { DeadLetterLog } from '../transport/dead-letter-log.js';
import type { Logger } from '../transport/logger.js';
import { editedLetter, merged, type DeadLetter } from './dead-letter.js';
import { describeFailure } from './failure.js';
import type { DeadLetterGroup } from './group.js';
import { LetterIndex, type DeadLetterBounds } from './letter-index.js';
import { LetterStates } from './letter-states.js';
import type { LetterClaim } from './log-entry.js';
import type { ParkedLetters } from './parked-letters.js';
import type { DeadLetterFilter, DeadLetterQuery, DeadLetterStore } from './store.js';

/** Milliseconds after which others may take over what a replica was at, unless it has said that it still is. */
const CLAIMED_FOR = 60_000;

/** Milliseconds between tries to read the log. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;

export interface LoggedDeadLettersScope extends DeadLetterBounds {
  readonly service: string;
  readonly log: DeadLetterLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * The dead letters of a service in a log of its medium, the same for all replicas: each reads the log into an index of its
 * own. A change is appended, and is made once it was read back. Where two replicas change a letter at once, the change that
 * comes first in the log counts for all; the other one is made again from there. So what one of them claims no other has.
 */
export class LoggedDeadLetters implements DeadLetterStore {
  readonly scope = 'service';
  readonly #scope: LoggedDeadLettersScope;
  readonly #index: LetterIndex;
  readonly #states: LetterStates;
  /** What this replica is at work on, with when it says so again. */
  readonly #claimed = new Map<string, Timer>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #self: string;

  constructor(scope: LoggedDeadLettersScope) {
    this.#scope = scope;
    this.#index = new LetterIndex(scope);
    this.#states = new LetterStates(this.#index, scope.log, scope.random);
    this.#self = scope.random.token(16);
  }

  /**
   * Reads the log, and resolves when all that is there was read.
   *
   * @param reads `false` where there is nothing to give up: then it is left alone
   * @throws ConfigurationError when it cannot be read, and will not be
   */
  async open(reads: boolean): Promise<void> {
    const { log, service, clock, logger, random } = this.#scope;
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE, random);
    for (let waits = reads; waits;) {
      try {
        await log.read(
          (id, text) => this.#take(id, text),
          (id) => void this.#keep(id),
        );
        waits = false;
      } catch (error) {
        if (isRookeryError(error) && error.recourse === 'terminal') throw error;
        logger.warn(`the dead letters of '${service}' cannot be read yet: ${describeFailure(error)}`);
        await new Promise<void>((resolve) => void clock.after(backoff.next(), resolve));
      }
    }
    this.#ready.resolve();
  }

  get parked(): ParkedLetters {
    return this.#index.parked;
  }

  async current(): Promise<void> {
    await this.#ready.promise;
    await this.#states.current();
  }

  async put(letter: DeadLetter): Promise<void> {
    await this.#change(letter.id, (known, claim) => {
      if (!known) this.#index.assertRoom(letter);
      // Whoever gives it up again has done its replay with that.
      const kept = known ? merged(known, letter) : letter;
      return { letter: kept, claim: this.#isOthers(claim) ? claim : undefined };
    });
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    await this.#ready.promise;
    return this.#index.get(id);
  }

  async list(query?: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    await this.#ready.promise;
    return this.#index.list(query);
  }

  async groups(filter?: DeadLetterFilter): Promise<readonly DeadLetterGroup[]> {
    await this.#ready.promise;
    return this.#index.groups(filter);
  }

  async edit(id: string, body: Body, at: number, by: string | undefined): Promise<DeadLetter | undefined> {
    await this.#change(id, (known, claim) => {
      if (!known) return undefined;
      if (this.#isOthers(claim))
        throw new Unavailable(`the letter ${id} is being replayed; it was not edited`);
      const letter = editedLetter(known, body, at, by);
      this.#index.assertRoom(letter);
      return { letter, claim };
    });
    return this.#index.get(id);
  }

  async delete(id: string): Promise<boolean> {
    await this.#ready.promise;
    if (!this.#index.get(id) || this.#isOthers(this.#states.claimOf(id))) return false;
    // What somebody else says of it at the same time may show it once more for a moment: that is not to be taken up.
    this.#endClaim(id);
    await this.#states.delete(id);
    return true;
  }

  async claim(id: string): Promise<(() => Promise<void>) | undefined> {
    const { clock } = this.#scope;
    const mine = (): LetterClaim => ({ by: this.#self, until: clock.epoch() + CLAIMED_FOR });
    const claimed = await this.#change(id, (letter, claim) =>
      letter && !this.#isOthers(claim) ? { letter, claim: mine() } : undefined,
    );
    if (!claimed) return undefined;
    const renew = (): void => {
      this.#claimed.set(id, clock.after(CLAIMED_FOR / 3, renew));
      void this.#unlessGone(id, mine);
    };
    this.#claimed.set(id, clock.after(CLAIMED_FOR / 3, renew));
    return async () => {
      if (this.#endClaim(id)) await this.#unlessGone(id, () => undefined);
    };
  }

  /** Whether this replica was still at work on it. */
  #endClaim(id: string): boolean {
    this.#claimed.get(id)?.cancel();
    return this.#claimed.delete(id);
  }

  /** Replaces what this replica has said of its work at a letter, if it still has. */
  async #unlessGone(id: string, claim: () => LetterClaim | undefined): Promise<void> {
    try {
      await this.#change(id, (letter, known) =>
        letter && known?.by === this.#self ? { letter, claim: claim() } : undefined,
      );
    } catch (error) {
      // It is void by itself in a while.
      this.#scope.logger.debug(`the letter ${id} stays claimed: ${describeFailure(error)}`);
    }
  }

  /** The log is about to forget it. */
  async #keep(id: string): Promise<void> {
    try {
      await this.#change(id, (letter, claim) => letter && { letter, claim });
    } catch (error) {
      this.#scope.logger.warn(`the letter ${id} could not be written anew: ${describeFailure(error)}`);
    }
  }

  #isOthers(claim: LetterClaim | undefined): boolean {
    return claim !== undefined && claim.by !== this.#self && claim.until > this.#scope.clock.epoch();
  }

  async #change(id: string, next: Parameters<LetterStates['change']>[1]): Promise<boolean> {
    await this.#ready.promise;
    return this.#states.change(id, next);
  }

  #take(id: string, text: string | undefined): void {
    try {
      this.#states.take(id, text);
    } catch (error) {
      this.#scope.logger.error(`dead letters of '${this.#scope.service}': ${describeFailure(error)} (${id})`);
    }
  }
}
