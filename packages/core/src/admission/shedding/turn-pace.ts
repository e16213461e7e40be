import type { Clock, Timer } from '../../clock/clock.js';
import { ThreadTime } from './thread-time.js';

/**
 * Milliseconds for which requests begin in one turn of the event loop; what has arrived meanwhile is read before the next.
 * Much less, and a thousand quick requests that come at once would wait for each other: those that wait grow old, and
 * the collector then takes more than their handlers.
 */
const FULL = 20;
/** Milliseconds between two looks at the clock of the turns, and the least that is worth a timer. */
const TURN = 1;
/** Milliseconds that timers may be late, for which what was not begun then is made up. */
const SLACK = 2;
/** Few are under way if the thread can be done with them in this share of the time for which one more may wait. */
const FEW = 0.2;
/** How many times what it takes one is counted with at most, when too many are under way. */
const STEEPEST = 10;

/**
 * Says when the next request may begin, so that the thread always gets to read what arrives:
 *
 * - in one turn of the event loop requests begin for about twenty milliseconds, and one at least;
 * - while the thread has no rest and more than a few are under way, fewer than it can do, until they are few: what handlers
 *   compute after an await comes later, so that too many will have begun before it is felt.
 *
 * What a request takes of the thread is only known together with all else that the thread does. But where few are under
 * way it is not requests that keep the thread, and to hold them back would help nobody.
 */
export class TurnPace {
  readonly #clock: Clock;
  readonly #onTurn: () => void;
  readonly #thread: ThreadTime;
  /** When turns were last counted: at most once in a millisecond, so that quick handlers pay next to nothing. */
  #turnBegan = -Infinity;
  /** Whether the end of that turn is waited for. */
  #counting = false;
  /** Whether nothing more may begin before `onTurn` is called. */
  #resting = false;
  /** The end of a rest that is longer than a turn. */
  #restEnds: Timer | undefined;
  /** Until when the thread has work, as far as it was begun here. */
  #busyUntil = -Infinity;

  /** @param onTurn called after `take` has given `false`, when those that wait may begin */
  constructor(clock: Clock, onTurn: () => void) {
    this.#clock = clock;
    this.#onTurn = onTurn;
    this.#thread = new ThreadTime(clock);
  }

  /**
   * Whether one more may begin, which it then does. After `false`, `onTurn` is called.
   *
   * @param underWay how many are
   * @param patience milliseconds for which this one may wait
   */
  take(now: number, underWay: number, patience: number): boolean {
    const { load } = this.#thread;
    const owed = underWay * load;
    const bearable = patience * FEW;
    const few = owed <= bearable;
    if (this.#restEnds && few) this.#cutShort();
    if (this.#resting) return false;
    const enough = now - this.#turnBegan >= TURN;
    if ((this.#counting && now - this.#turnBegan >= FULL) || (!few && this.#busyUntil > now + TURN)) {
      this.#resting = true;
      if (!this.#counting) this.#rest(now);
      return false;
    }
    const from = now - SLACK;
    if (few) this.#busyUntil = from + load;
    else this.#busyUntil = Math.max(this.#busyUntil, from) + load * Math.min(STEEPEST, owed / bearable);
    if (enough && !this.#counting) this.#count(now);
    return true;
  }

  /** One that had begun has ended. */
  ended(): void {
    this.#thread.ended++;
  }

  #count(now: number): void {
    this.#thread.look(now);
    this.#counting = true;
    this.#turnBegan = now;
    this.#clock.defer(this.#turned);
  }

  readonly #turned = (): void => {
    this.#counting = false;
    const now = this.#clock.now();
    this.#thread.look(now);
    if (this.#resting) this.#rest(now);
  };

  /** Until the thread has done most of what was begun; its turn is over by then. */
  #rest(now: number): void {
    const ms = this.#busyUntil - TURN - now;
    if (ms < TURN) this.#clock.defer(this.#rested);
    else this.#restEnds = this.#clock.after(ms, this.#rested);
  }

  #cutShort(): void {
    this.#restEnds?.cancel();
    this.#restEnds = undefined;
    this.#resting = false;
  }

  readonly #rested = (): void => {
    this.#restEnds = undefined;
    this.#resting = false;
    this.#thread.look(this.#clock.now());
    this.#onTurn();
  };
}
