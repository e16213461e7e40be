import type { Clock, Timer } from '../clock/clock.js';
import type { Random } from '../clock/random.js';
import { Breaker, type BreakerState } from '../policies/breaker/breaker.js';
import type { SubscriptionControl } from '../transport/events.js';
import type { KillSwitchState } from './kill-switch-event.js';
import type { KillSwitchSettings } from './kill-switch-options.js';

const STATES: Readonly<Record<BreakerState, KillSwitchState>> = {
  closed: 'running',
  open: 'paused',
  'half-open': 'probing',
};

/** What a change of its state is told with. */
export interface KillSwitchChange {
  readonly state: KillSwitchState;
  readonly previous: KillSwitchState;
  readonly cause: unknown;
  /** When it pauses: milliseconds before the probe. */
  readonly pause: number;
}

/**
 * The circuit breaker of an endpoint, which does not refuse but has its subscription pause; see {@link KillSwitchOptions}.
 * A delivery that began before a change of state says nothing of the next: its `generation` tells.
 */
export class KillSwitch {
  readonly #breaker: Breaker;
  readonly #settings: KillSwitchSettings;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #control: SubscriptionControl;
  readonly #changed: (change: KillSwitchChange) => void;
  #timer: Timer | undefined;
  #stopped = false;
  /** When the probe that is under way began; `Infinity` when there is none. */
  #probedAt = Infinity;

  constructor(
    settings: KillSwitchSettings,
    clock: Clock,
    random: Random,
    control: SubscriptionControl,
    changed: (change: KillSwitchChange) => void,
  ) {
    const { threshold, minimum, window, pause: openFor, maxPause: maxOpenFor } = settings;
    const breaker = { threshold, minimum, window, openFor, maxOpenFor, probes: 1 };
    this.#breaker = new Breaker(breaker, (...change) => this.#become(...change));
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#control = control;
    this.#changed = changed;
  }

  get state(): KillSwitchState {
    return STATES[this.#breaker.state];
  }

  get generation(): number {
    return this.#breaker.generation;
  }

  /**
   * Whether a delivery is to be handled. One may come while it is paused, because it was on its way; it is to be given back
   * {@link KillSwitch.later}.
   */
  enter(): boolean {
    const now = this.#clock.now();
    if (this.#breaker.enter(now) > 0) return false;
    if (this.state === 'probing') this.#probedAt = now;
    return true;
  }

  succeeded(generation: number): void {
    this.#breaker.succeeded(generation, this.#clock.now());
  }

  /** Whether the failure counts as an attempt: it was not, or no more, that of an endpoint which is broken. */
  failed(generation: number, error: unknown): boolean {
    this.#breaker.failed(generation, this.#clock.now(), error);
    return generation === this.generation;
  }

  /** The delivery has ended without saying anything of the endpoint. */
  forget(generation: number): void {
    this.#breaker.forget(generation);
    if (generation === this.generation) this.#probedAt = Infinity;
    if (generation === this.generation && this.state === 'probing' && !this.#stopped) this.#control.resume(1);
  }

  /**
   * Milliseconds after which a delivery that does not count is to come again: after the next probe, each at a time of its
   * own, so that they do not come back together, and the next probe is another one.
   */
  later(): number {
    const { pause } = this.#settings;
    const wait = Math.max(0, this.#breaker.openUntil - this.#clock.now());
    return wait + pause * (0.25 + 0.75 * this.#random.next());
  }

  /** Takes no part any more: its endpoint is being closed. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #become(state: BreakerState, previous: BreakerState, cause: unknown): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const pause = this.#breaker.openUntil - this.#clock.now();
    if (state === 'open') {
      this.#control.pause();
      this.#arm(Math.ceil(Math.max(0, pause)));
    } else if (state === 'half-open') this.#arm(this.#settings.maxPause);
    else if (!this.#stopped) this.#control.resume();
    this.#changed({ state: STATES[state], previous: STATES[previous], cause, pause });
  }

  /** Has a probe delivered; again and again, because what comes may have to wait behind others of its key. */
  #arm(wait: number): void {
    if (this.#stopped) return;
    this.#timer = this.#clock.after(wait, () => {
      this.#arm(this.#settings.pause);
      if (this.state === 'probing' && this.#probedAt < Infinity) {
        if (this.#clock.now() - this.#probedAt < this.#settings.maxPause) return;
        // It hangs, which is not to keep the endpoint paused: another one is tried.
        this.#probedAt = Infinity;
        this.#breaker.forget(this.generation);
      }
      this.#control.resume(1);
    });
  }
}
