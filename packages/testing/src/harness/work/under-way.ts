import type { Clock } from '@rookery/core';
import type { Work } from './work.js';

/** Something that quiescence waits for. */
export interface Pending {
  /** What it is, for people: which service, pattern, endpoint and attempt. */
  readonly what: string;
}

/** Everything that has begun and not ended. */
export class UnderWay {
  readonly #works = new Set<Work>();
  readonly #pending = new Set<Pending>();
  #starting = 0;
  #moves = 0;

  /** Changes whenever anything does. */
  get moves(): number {
    return this.#moves;
  }

  /** Whether nothing is in flight and nothing is to come. */
  get quiet(): boolean {
    return this.#works.size === 0 && this.#pending.size === 0 && this.#starting === 0;
  }

  /** Whether something goes on for which time has to wait. */
  get busy(): boolean {
    if (this.#starting > 0) return true;
    for (const work of this.#works) if (work.busy) return true;
    return false;
  }

  readonly moved = (): void => void this.#moves++;

  begin(work: Work): void {
    this.#works.add(work);
    this.moved();
  }

  end(work: Work): void {
    if (this.#works.delete(work)) this.moved();
  }

  add(pending: Pending): void {
    this.#pending.add(pending);
    this.moved();
  }

  remove(pending: Pending): void {
    if (this.#pending.delete(pending)) this.moved();
  }

  /** What the medium was just given, and gives to somebody in `ms` milliseconds; from then on that is under way. */
  expect(what: string, ms: number, clock: Clock): void {
    const pending = { what };
    this.add(pending);
    const remove = (): void => this.remove(pending);
    if (ms <= 0) clock.defer(remove);
    else clock.after(ms + 1, remove); // by then the medium's own timer has rung
  }

  /** A process starts; time waits until the returned function is called. */
  starting(): () => void {
    this.#starting++;
    return () => {
      this.#starting--;
      this.moved();
    };
  }

  /** Time waits no longer for what goes on now without moving. */
  giveUpOnBusy(): void {
    for (const work of this.#works) if (work.busy) work.giveUp();
  }

  /** What is in flight, for people. */
  describe(): string[] {
    return [...this.#works, ...this.#pending].map(({ what }) => what);
  }
}
