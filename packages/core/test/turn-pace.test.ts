import { expect, test } from 'vitest';
import { TurnPace } from '../src/admission/shedding/turn-pace.js';
import { SteppedClock } from './stepped-clock.js';

/** Time of which the thread works as much as the test says, and a pace on it. */
class BusyClock extends SteppedClock {
  #busy = 0;
  turns = 0;
  readonly pace = new TurnPace(this, () => void this.turns++);

  busy(): number {
    return this.#busy;
  }

  work(ms: number): void {
    this.#busy += ms;
    this.stall(ms);
  }

  /** Whether one may begin that may wait for a second, with so many under way. */
  take(underWay: number): boolean {
    return this.pace.take(this.now(), underWay, 1_000);
  }

  /** How many begin in this turn, each of which takes `ms` of it. */
  begin(underWay: number, ms: number, most = 1_000): number {
    let begun = 0;
    for (; begun < most && this.take(underWay); begun++) this.work(ms);
    return begun;
  }

  /** So many requests that each take the thread for `ms`, one a turn. */
  learn(count: number, ms: number): void {
    for (let n = 0; n < count; n++) {
      this.take(0);
      this.work(ms);
      this.pace.ended();
      this.advance(0);
    }
  }

  /** How many begin in so many milliseconds of work, in turns of `turn`, when one ends at every `endsAt`th turn. */
  beginWhileBusy(ms: number, turn: number, endsAt: number, underWay: number): number {
    const { turns } = this;
    let begun = this.begin(underWay, 0, 100);
    for (let n = 1; n <= ms / turn; n++) {
      this.work(turn);
      this.advance(0);
      if (this.turns > turns) begun += this.begin(underWay, 0, 100);
      if (n % endsAt === 0) this.pace.ended();
    }
    return begun;
  }
}

test('of requests that take longer than a turn one begins in each', () => {
  const clock = new BusyClock();
  clock.learn(60, 25);
  expect(clock.begin(0, 25)).toBe(1);
});

test('of quick ones as many as take twenty milliseconds, also when they come all the time', () => {
  const clock = new BusyClock();
  for (let n = 0; n < 5_000; n++) {
    clock.take(0);
    clock.work(0.05);
    clock.pace.ended();
    if (n % 10 === 9) clock.advance(0);
  }
  clock.advance(10);
  const begun = clock.begin(0, 0.05);
  expect(begun).toBeGreaterThanOrEqual(380);
  expect(begun).toBeLessThanOrEqual(440);
  clock.advance(0);
  expect(clock.turns).toBeGreaterThan(0);
});

// One that may wait for a second, of requests that take 5 ms, finds few under way if these are not more than 40.

test('while the thread has no rest, no more begins than it can do, however short the turns are', () => {
  const clock = new BusyClock();
  clock.learn(60, 5);
  const begun = clock.beginWhileBusy(100, 1, 5, 48);
  expect(begun).toBeGreaterThan(10);
  expect(begun).toBeLessThan(30);
});

test('fewer than it can do, while far too many are under way', () => {
  const clock = new BusyClock();
  clock.learn(60, 5);
  const begun = clock.beginWhileBusy(200, 1, 5, 300);
  expect(begun).toBeGreaterThan(2);
  expect(begun).toBeLessThan(10);
});

test('few are not held back when others keep the thread', () => {
  const clock = new BusyClock();
  clock.learn(20, 50); // of something else, in whose turns one request ends
  let begun = 0;
  for (let turn = 0; turn < 20; turn++) {
    begun += clock.begin(2, 0, 10);
    clock.work(50);
    clock.pace.ended();
    clock.advance(0);
  }
  expect(begun).toBeGreaterThan(150);
});

test('when nothing is under way one may begin, and leaves no debt', () => {
  const clock = new BusyClock();
  clock.learn(1_000, 5);
  clock.advance(5);
  expect(clock.take(0)).toBe(true);
  clock.advance(5);
  expect(clock.take(48)).toBe(true);
});

test('a thread that rests for most of the time lets begin what comes', () => {
  const clock = new BusyClock();
  for (let n = 0; n < 50; n++) {
    clock.take(0);
    clock.work(5);
    clock.pace.ended();
    clock.advance(20);
  }
  let begun = 0;
  for (let turn = 0; turn < 20; turn++) {
    begun += clock.begin(1_000, 0, 10);
    clock.advance(0.1);
  }
  expect(begun).toBeGreaterThanOrEqual(20);
});

test('a thread that has rested for a moment is not believed to rest, because what has begun may ask for it yet', () => {
  const clock = new BusyClock();
  clock.learn(60, 5);
  clock.advance(50);
  clock.take(0);
  clock.advance(0);
  expect(clock.begin(400, 0)).toBeLessThan(5);
});
