import type { Clock } from '../../clock/clock.js';

/** Milliseconds of work that is begun in one turn of the event loop; what has arrived meanwhile is read before the next. */
const TURN = 1;
/** No more requests than this begin in one turn, however little they take, and no more than this before that is known. */
const MOST = 128;
const AT_FIRST = 32;
/** How many turns are watched at a time. */
const TURNS = 2;
/** What a new turn counts for. */
const WEIGHT = 0.5;

/**
 * Lets as many requests begin in one turn of the event loop as take the thread for about a millisecond, and one at least.
 * What they take is measured by the length of whole turns, whatever in them keeps the thread: the handler's first part, or
 * what it does after an await. Turns are watched where requests come in numbers, or after a pause, so that quick handlers
 * pay nothing for it.
 */
export class TurnPace {
  readonly #clock: Clock;
  readonly #onTurn: () => void;
  /** Milliseconds of the thread that one request takes. */
  #cost = TURN / AT_FIRST;
  /** How many may begin in a turn. */
  #share = AT_FIRST;
  #watching = false;
  /** Whether this turn was watched from its first request on. */
  #whole = false;
  #turnBegan = 0;
  /** Turns that are watched yet, whatever happens: a handler that has awaited something goes on in a later one. */
  #turns = 0;
  /** How many have begun: in this turn, or since turns were last watched. */
  #begun = 0;
  #last = -Infinity;

  /** @param onTurn called in each turn that is watched: those that wait may begin */
  constructor(clock: Clock, onTurn: () => void) {
    this.#clock = clock;
    this.#onTurn = onTurn;
  }

  /** Whether one more may begin in this turn, which it then does. After `false`, `onTurn` is called in the next. */
  take(now: number): boolean {
    if (this.#watching) {
      if (this.#begun >= this.#share) return false;
      if (this.#begun > 0 && now - this.#turnBegan >= TURN) return false;
      this.#begun++;
      return true;
    }
    const pause = now - this.#last >= TURN;
    this.#last = now;
    this.#begun++;
    if (pause || this.#begun >= this.#share) this.#watch(now, pause);
    return true;
  }

  #watch(now: number, whole: boolean): void {
    if (whole) this.#begun = 1;
    this.#watching = true;
    this.#whole = whole;
    this.#turns = TURNS;
    this.#turnBegan = now;
    this.#clock.defer(this.#turned);
  }

  readonly #turned = (): void => {
    const now = this.#clock.now();
    if (this.#whole) this.#learn(now - this.#turnBegan, this.#begun);
    this.#whole = true;
    this.#turnBegan = now;
    this.#begun = 0;
    this.#onTurn();
    if (--this.#turns > 0 || this.#begun > 0) this.#clock.defer(this.#turned);
    else {
      this.#watching = false;
      this.#last = now;
    }
  };

  #learn(ms: number, begun: number): void {
    if (begun === 0 && ms < TURN) return; // an idle turn says nothing
    this.#cost += (ms / Math.max(1, begun) - this.#cost) * WEIGHT;
    this.#share = Math.max(1, Math.min(MOST, Math.floor(TURN / this.#cost)));
  }
}
