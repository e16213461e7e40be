import type { Clock, Timer } from '../../clock/clock.js';
import { ThreadTime } from './thread-time.js';

/** Milliseconds of work that is begun in one turn of the event loop; what has arrived meanwhile is read before the next. */
const TURN = 1;
/** No more requests than this begin in one turn, however little they take. */
const MOST = 128;
/** Milliseconds that timers may be late, for which what was not begun then is made up. */
const SLACK = 2;

/**
 * Says when the next request may begin, so that the thread always gets to read what arrives:
 *
 * - in one turn of the event loop as many as take the thread for about a millisecond, and one at least;
 * - while the thread has no rest, no more than it can do: what handlers compute after an await comes later, so that too many
 *   would have begun before it is felt.
 *
 * Turns are counted where requests come in numbers, or after a pause, so that quick handlers pay next to nothing.
 */
export class TurnPace {
  readonly #clock: Clock;
  readonly #onTurn: () => void;
  readonly #thread: ThreadTime;
  /** Whether the end of this turn is waited for. */
  #counting = false;
  /** Whether nothing more may begin before `onTurn` is called. */
  #resting = false;
  /** The end of a rest that is longer than a turn. */
  #restEnds: Timer | undefined;
  #turnBegan = 0;
  /** How many have begun: in this turn, or since turns were last counted. */
  #begun = 0;
  #last = -Infinity;
  /** Until when the thread has work, as far as it was begun here. */
  #busyUntil = -Infinity;

  /** @param onTurn called after `take` has given `false`, when those that wait may begin */
  constructor(clock: Clock, onTurn: () => void) {
    this.#clock = clock;
    this.#onTurn = onTurn;
    this.#thread = new ThreadTime(clock);
  }

  /**
   * Whether one more may begin, which it then does. After `false`, `onTurn` is called. While none is under way
   * it is at most a turn until one may begin: what keeps the thread then are not the requests.
   *
   * @param idle whether none is under way
   */
  take(now: number, idle: boolean): boolean {
    if (this.#restEnds && idle) this.#cutShort();
    if (this.#resting) return false;
    if ((this.#counting && this.#turnFull(now)) || (!idle && this.#busyUntil > now + TURN)) {
      this.#resting = true;
      if (!this.#counting) this.#rest(now);
      return false;
    }
    const from = now - SLACK;
    this.#busyUntil = (idle ? from : Math.max(this.#busyUntil, from)) + this.#thread.load;
    this.#begun++;
    if (!this.#counting) {
      const pause = now - this.#last >= TURN;
      this.#last = now;
      if (pause) this.#begun = 1;
      if (pause || this.#begun >= this.#share) {
        this.#thread.look(now);
        this.#count(now);
      }
    }
    return true;
  }

  /** One that had begun has ended. */
  ended(): void {
    this.#thread.ended++;
  }

  get #share(): number {
    return Math.max(1, Math.min(MOST, Math.floor(TURN / this.#thread.cost)));
  }

  #turnFull(now: number): boolean {
    return this.#begun > 0 && (this.#begun >= this.#share || now - this.#turnBegan >= TURN);
  }

  #count(now: number): void {
    this.#counting = true;
    this.#turnBegan = now;
    this.#clock.defer(this.#turned);
  }

  readonly #turned = (): void => {
    this.#counting = false;
    const now = this.#clock.now();
    this.#last = now;
    this.#begun = 0;
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
    const now = this.#clock.now();
    this.#resting = false;
    this.#begun = 0;
    this.#thread.look(now);
    this.#count(now);
    this.#onTurn();
  };
}
