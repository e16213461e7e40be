import type { Clock, Random } from '@rookery/core';
import { seededRandom } from '../../clock/seeded-random.js';
import { WELL, type Fate } from './fate.js';
import type { ChaosOptions, Decision, Place } from './options.js';

const MOST_CRASHES = 2;
const LONGEST_DELAY = 5_000;
const LONGEST_REPEAT = 1_000;
/** How often one handler gets one message again. */
const MOST_REPEATS = 2;
/** Milliseconds within which what arrives is reordered. */
const JITTER = 5;
/** Milliseconds; more than a medium takes to notice that a process is gone. */
const RESTART = 10;

const BEFORE = ['before'] as const;
const BEFORE_OR_AFTER = ['before', 'after'] as const;

/** Who is asked about. */
export interface Subject {
  readonly service: string;
  /** The test's own process is never lost. */
  readonly mortal: boolean;
}

/**
 * Decides what goes wrong, by a seed alone. As in swarm testing, a seed first decides which kinds of trouble there are
 * and how much of each, so that seeds differ more than by their dice. Each decision has dice of its own, by its number:
 * leaving one out leaves the others as they are.
 *
 * @see https://users.cs.utah.edu/~regehr/papers/swarm12.pdf
 */
export class Chaos {
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #options: ChaosOptions;
  readonly #only: ReadonlySet<number> | undefined;
  readonly #rates: Readonly<Record<'delays' | 'reorder' | 'repeat' | 'crash', number>>;
  readonly #repeats = new Map<string, number>();
  #count = 0;
  #crashes = 0;
  /** In how many ways a process could have been lost so far, and which of them is the first taken. */
  #ways = 0;
  readonly #firstCrash: number;
  /** Whether anything goes wrong now. */
  on = false;
  /** What was made to go wrong, in its order. */
  readonly schedule: Decision[] = [];

  /** @param only the numbers of the decisions that count; all when left out */
  constructor(clock: Clock, seed: number, options: ChaosOptions, only?: ReadonlySet<number>) {
    this.#clock = clock;
    this.#seed = seed;
    this.#options = options;
    this.#only = only;
    this.#firstCrash = firstCrash(seed);
    const random = this.#dice(-1);
    const rate = (allowed: boolean, most: number): number => {
      const [on, much] = [random.next() < 0.6, random.next()];
      return allowed && on ? most * 0.05 ** much : 0;
    };
    this.#rates = {
      delays: rate(options.delays !== false, 0.5),
      reorder: rate(options.reorder ?? true, 1),
      repeat: rate(options.repeat ?? true, 0.5),
      crash: rate(options.crash !== false, 0.4),
    };
  }

  /**
   * What is made of a step of `subject`.
   *
   * @param what which step, for people
   * @param repeatable whether the promises let it happen again
   */
  fate(subject: Subject, place: Place, what: string, repeatable = false): Fate {
    if (!this.on) return WELL;
    const number = this.#count++;
    const random = this.#dice(number);
    const crash = this.#crash(subject, place, random);
    if (this.#only && !this.#only.has(number)) return WELL;
    if (crash) this.#crashes++;
    const delay = this.#delay(place, random);
    const repeat = this.#repeat(`${subject.service} ${what}`, random);
    const fate: Fate =
      crash === 'before' ? { ...WELL, crash } : { crash, delay, repeat: repeatable ? repeat : undefined };
    const did = describe(fate);
    if (did === '') return WELL;
    this.schedule.push({
      number,
      at: Math.round(this.#clock.now()),
      service: subject.service,
      place,
      what,
      did,
    });
    return fate;
  }

  #delay(place: Place, random: Random): number {
    const [late, moved, much] = [random.next(), random.next(), random.next()];
    if (place === 'settle' || place === 'upload') return 0;
    if (late < this.#rates.delays) return spread(this.#options.delays || LONGEST_DELAY, much);
    return moved < this.#rates.reorder ? Math.round(much * JITTER) : 0;
  }

  /** Milliseconds after which a process that was lost is there again. */
  restartAfter(): number {
    return this.on ? RESTART + spread(LONGEST_REPEAT, this.#dice(this.#count++).next()) : RESTART;
  }

  #repeat(what: string, random: Random): number | undefined {
    const [again, after] = [random.next(), random.next()];
    if (again >= this.#rates.repeat) return undefined;
    const repeats = this.#repeats.get(what) ?? 0;
    if (repeats >= MOST_REPEATS) return undefined;
    this.#repeats.set(what, repeats + 1);
    return spread(LONGEST_REPEAT, after);
  }

  #crash({ service, mortal }: Subject, place: Place, random: Random): Fate['crash'] {
    const [lost, when] = [random.next(), random.next()];
    const { crash = {} } = this.#options;
    if (!mortal || crash === false) return undefined;
    if (crash.services && !crash.services.includes(service)) return undefined;
    const ways = place === 'handle' || place === 'point' ? BEFORE : BEFORE_OR_AFTER;
    const way = this.#firstCrash - this.#ways;
    this.#ways += ways.length;
    if (this.#crashes >= (crash.most ?? MOST_CRASHES)) return undefined;
    if (way >= 0 && way < ways.length) return ways[way];
    return lost < this.#rates.crash ? ways[Math.floor(when * ways.length)] : undefined;
  }

  #dice(number: number): Random {
    const random = seededRandom(Math.imul(this.#seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
    random.next(); // seeds that are neighbours begin alike
    return random;
  }
}

/**
 * Dice alone rarely lose a process at one certain step of many. So every other seed takes the next of all ways to lose
 * one: 1; 1, 2; 1, 2, 3, 4; and so on, in twice as many each time, so that short runs are covered soon and long ones later.
 */
function firstCrash(seed: number): number {
  const turn = (seed + 1) / 2;
  return turn >= 1 && Number.isInteger(turn) ? turn - 2 ** Math.floor(Math.log2(turn)) : NaN;
}

/** Between 1 and `most`, small ones as likely as large ones. */
function spread(most: number, part: number): number {
  return Math.round(most ** part);
}

function describe({ delay, repeat, crash }: Fate): string {
  const did: string[] = [];
  if (delay > 0) did.push(`takes ${delay} ms`);
  if (repeat !== undefined) did.push(`comes again after ${repeat} ms`);
  if (crash === 'before') did.push('the process is lost instead');
  if (crash === 'after') did.push('the process is lost right after');
  return did.join(', ');
}
