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

  take(idle = false): boolean {
    return this.pace.take(this.now(), idle);
  }

  /** As many as may begin now. */
  takeAll(most = 1_000): number {
    let taken = 0;
    while (taken < most && this.take()) taken++;
    return taken;
  }

  /** So many requests that each take the thread for `ms`, one a turn. */
  learn(count: number, ms: number): void {
    for (let n = 0; n < count; n++) {
      this.take(true);
      this.work(ms);
      this.pace.ended();
      this.advance(0);
    }
  }
}

test('of requests that take 5 ms one begins in a turn', () => {
  const clock = new BusyClock();
  clock.learn(20, 5);
  expect(clock.takeAll()).toBe(1);
});

test('of quick ones as many as take a millisecond, also when they come all the time', () => {
  const clock = new BusyClock();
  for (let n = 0; n < 5_000; n++) {
    clock.take(true);
    clock.work(0.05);
    clock.pace.ended();
    if (n % 10 === 9) clock.advance(0);
  }
  clock.advance(10);
  expect(clock.takeAll()).toBeGreaterThanOrEqual(18);
  expect(clock.take()).toBe(false);
  clock.advance(0);
  expect(clock.turns).toBeGreaterThan(0);
});

test('while the thread has no rest, no more begins than it can do, however short the turns are', () => {
  const clock = new BusyClock();
  clock.learn(20, 5);
  const { turns } = clock;
  let begun = clock.takeAll();
  for (let ms = 0; ms < 100; ms++) {
    clock.work(1); // of what was begun before, in turns that begin nothing
    clock.advance(0);
    if (clock.turns > turns) begun += clock.takeAll();
    if (ms % 5 === 4) clock.pace.ended();
  }
  expect(begun).toBeGreaterThan(15);
  expect(begun).toBeLessThan(30);
});

test('when nothing is under way one may begin, and leaves no debt', () => {
  const clock = new BusyClock();
  clock.learn(1_000, 5);
  clock.advance(5);
  expect(clock.take(true)).toBe(true);
  clock.advance(5);
  expect(clock.takeAll()).toBeGreaterThan(0);
});

test('a thread that rests for most of the time lets begin what comes', () => {
  const clock = new BusyClock();
  for (let n = 0; n < 50; n++) {
    clock.take(true);
    clock.work(5);
    clock.pace.ended();
    clock.advance(20);
  }
  let begun = 0;
  for (let turn = 0; turn < 20; turn++) {
    begun += clock.takeAll();
    clock.advance(0.1);
  }
  expect(begun).toBeGreaterThanOrEqual(20);
});
