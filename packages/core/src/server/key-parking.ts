import type { DeadLetter, LetterParking } from '../dead-letters/dead-letter.js';
import { deadLetterId } from '../dead-letters/dead-letter.js';
import type { DeadLetters } from '../dead-letters/dead-letters.js';
import { describeFailure } from '../dead-letters/failure.js';
import type { ParkedKey, ParkedLetters } from '../dead-letters/parked-letters.js';
import { ConfigurationError, QueueFull } from '../errors/conditions.js';
import { SLOT_COUNT } from '../slots/slot.js';
import type { Delivery, Settlement } from '../transport/events.js';
import type { EventScope } from './event-scope.js';

/** How many events of one key are parked; those behind them wait where they are. */
const MOST_PARKED = 1_000;

/** How many parked keys are described. */
const MOST_DESCRIBED = 100;

/** Milliseconds before an event is tried to be parked again that there was no room for. */
const AGAIN = 5_000;

/** What becomes of an event of a key that may be parked: it is settled, or held for so many milliseconds, or to be handled. */
export type Parked = Settlement | { readonly outcome: 'handle' };

/** The parked keys of an ordered endpoint: one whose event was given up is not tried any more until an operator releases it. */
export class KeyParking {
  readonly #scope: EventScope;
  readonly #letters: DeadLetters;
  readonly #parked: ParkedLetters;
  readonly #endpoint: string;
  /** By slot, the fencing token up to which is known what was parked. */
  readonly #current: (number | undefined)[] = [];

  /** @throws ConfigurationError when the dead letters cannot park */
  constructor(scope: EventScope, letters: DeadLetters, endpoint: string) {
    const { parked } = letters.store;
    if (!parked) {
      throw new ConfigurationError(
        `${endpoint} of '${scope.service}' is to park keys, which its store of dead letters cannot`,
      );
    }
    this.#scope = scope;
    this.#letters = letters;
    this.#parked = parked;
    this.#endpoint = endpoint;
  }

  /** Whether the key may be parked. */
  concerns({ message: { envelope }, fencingToken }: Delivery): boolean {
    const { key, slot } = envelope;
    if (fencingToken !== undefined && this.#current[placeOf(slot)] !== fencingToken) return true;
    return this.#parked.any && key !== undefined && this.#parked.of(this.#endpoint, key).length > 0;
  }

  describe(): readonly ParkedKey[] {
    return this.#parked.any ? this.#parked.keys({ endpoint: this.#endpoint }).slice(0, MOST_DESCRIBED) : [];
  }

  /** The place of an event that is given up, behind all of its key. */
  place({ message, fencingToken, replayed }: Delivery): LetterParking | undefined {
    const { key } = message.envelope;
    if (key === undefined || replayed) return undefined;
    const last = this.#parked.of(this.#endpoint, key).at(-1)?.parked?.order ?? 0;
    return { order: last + 1, fencingToken };
  }

  /** Puts an event behind those of its key that are parked, if any are. */
  async behind(delivery: Delivery): Promise<Parked> {
    const { logger, service } = this.#scope;
    const { key = '', slot } = delivery.message.envelope;
    const { fencingToken } = delivery;
    try {
      // Who has just become the owner may not know yet what the one before has parked.
      if (fencingToken !== undefined && this.#current[placeOf(slot)] !== fencingToken) {
        await this.#letters.store.current?.();
        this.#current[placeOf(slot)] = fencingToken;
      }
      const [first, ...others] = this.#parked.of(this.#endpoint, key);
      const parked = this.place(delivery);
      if (!first || !parked) return { outcome: 'handle' };
      if (others.length + 1 >= MOST_PARKED)
        throw new QueueFull(`${MOST_PARKED} events of the key are parked`);
      return await this.#put(this.#letterOf(delivery, first, parked), key);
    } catch (error) {
      const why = describeFailure(error);
      logger.warn(
        `'${service}' cannot park an event of the key '${key}' at ${this.#endpoint}: ${why}; it waits`,
      );
      return { outcome: 'retry', after: AGAIN, uncounted: true, reason: why };
    }
  }

  async #put(letter: DeadLetter, key: string): Promise<Parked> {
    await this.#scope.deadLetters.put(letter);
    // Its key was released meanwhile, and nothing of it is left before this one.
    const [first, ...others] = this.#parked.of(this.#endpoint, key);
    const alone = first?.id === letter.id && others.length === 0;
    if (alone && (await this.#letters.takeBack(letter.id))) return { outcome: 'handle' };
    return { outcome: 'reject', reason: `the key '${key}' is parked` };
  }

  #letterOf({ message, attempt }: Delivery, first: DeadLetter, parked: LetterParking): DeadLetter {
    const { service, clock, replica } = this.#scope;
    const cause = `parked behind ${first.id}, an event of its key that was given up`;
    const failure = { at: clock.epoch(), cause, ...(replica === undefined ? {} : { replica }) };
    return {
      id: deadLetterId(message.envelope.id, this.#endpoint),
      message,
      service,
      endpoint: this.#endpoint,
      attempts: attempt - 1,
      replays: 0,
      firstFailure: failure,
      lastFailure: failure,
      parked,
    };
  }
}

/** Events of others may have a key and no slot. */
function placeOf(slot: number | undefined): number {
  return slot ?? SLOT_COUNT;
}
