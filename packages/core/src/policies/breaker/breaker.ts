import { SlidingWindow } from '../sliding-window.js';

/** `closed` lets all through, `open` none, `half-open` a few probes. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** What a breaker goes by; see {@link BreakerOptions}. */
export interface BreakerSettings {
  readonly threshold: number;
  readonly minimum: number;
  readonly window: number;
  readonly openFor: number;
  readonly maxOpenFor: number;
  readonly probes: number;
}

const TRY = 0;
const FAILURE = 1;

type Changed = (state: BreakerState, previous: BreakerState, cause: unknown) => void;

/**
 * The circuit breaker of one target. A try that began in one state does not count in the next: `generation` tells them
 * apart.
 */
export class Breaker {
  readonly #settings: BreakerSettings;
  readonly #changed: Changed;
  readonly #recent: SlidingWindow;
  #state: BreakerState = 'closed';
  #generation = 0;
  #openUntil = 0;
  #openFor: number;
  /** Probes under way, and those that have succeeded. */
  #probing = 0;
  #passed = 0;

  constructor(settings: BreakerSettings, changed: Changed) {
    this.#settings = settings;
    this.#changed = changed;
    this.#recent = new SlidingWindow(settings.window, 2);
    this.#openFor = settings.openFor;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** While it is open: when it lets a probe through, by the clock that it is told. */
  get openUntil(): number {
    return this.#openUntil;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Lets a try through (0), or says for how many milliseconds it will not. */
  enter(now: number): number {
    if (this.#state === 'closed') return 0;
    if (this.#state === 'open') {
      if (now < this.#openUntil) return this.#openUntil - now;
      this.#become('half-open', undefined);
    }
    if (this.#probing + this.#passed >= this.#settings.probes) return this.#settings.openFor;
    this.#probing++;
    return 0;
  }

  succeeded(generation: number, now: number): void {
    if (generation !== this.#generation) return;
    if (this.#state === 'closed') {
      this.#recent.add(TRY, now);
      return;
    }
    this.#probing--;
    if (++this.#passed < this.#settings.probes) return;
    this.#openFor = this.#settings.openFor;
    this.#become('closed', undefined);
  }

  failed(generation: number, now: number, cause: unknown): void {
    if (generation !== this.#generation) return;
    if (this.#state === 'closed') {
      this.#recent.add(TRY, now);
      this.#recent.add(FAILURE, now);
      const tries = this.#recent.total(TRY, now);
      const { minimum, threshold } = this.#settings;
      if (tries >= minimum && this.#recent.total(FAILURE, now) >= threshold * tries) this.#open(now, cause);
      return;
    }
    this.#openFor = Math.min(this.#openFor * 2, this.#settings.maxOpenFor);
    this.#open(now, cause);
  }

  /** The try ended without saying anything of the target. */
  forget(generation: number): void {
    if (generation === this.#generation && this.#state === 'half-open') this.#probing--;
  }

  #open(now: number, cause: unknown): void {
    this.#openUntil = now + this.#openFor;
    this.#become('open', cause);
  }

  #become(state: BreakerState, cause: unknown): void {
    const previous = this.#state;
    this.#state = state;
    this.#generation++;
    this.#probing = 0;
    this.#passed = 0;
    this.#recent.clear();
    this.#changed(state, previous, cause);
  }
}
