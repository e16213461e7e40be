import type { Clock, Timer } from '../../clock/clock.js';
import { encodeOverloaded } from '../../errors/wire.js';
import type { PolicyValues } from '../../policies/describe.js';
import type { AdmittedRun, RunHolder } from '../admitted-run.js';
import { assertCount, assertMilliseconds, declared, type Filled } from '../declared.js';
import type { ServerStep } from '../server-step.js';
import type { RequestOptions } from './options.js';
import { Queue } from './queue.js';
import { TurnPace } from './turn-pace.js';

/**
 * What a request may have waited beyond its limit when its turn comes: predictions are never exact, and to refuse it then
 * wastes its wait.
 */
const GRACE = 1.25;
/**
 * The share of its limit for which the first in the queue has to have waited before a prediction refuses anybody: a burst is no
 * overload yet, and little is known at its beginning.
 */
const BURST = 0.25;
/** Milliseconds between two looks at those that wait while nothing begins. */
const LOOK = 100;
/** Milliseconds; how soon and how late a refused caller is asked to come again. */
const SOONEST = 10;
const LATEST = 10_000;

/**
 * Lets requests begin as far as there are places and the thread has time, makes the others wait, and refuses those that
 * would wait for too long. See {@link RequestOptions}.
 *
 * Node has two queues of its own: the handlers that wait for something, which the places bound, and the event loop while
 * handlers compute, which {@link TurnPace} keeps short, so that what arrives is read and its age known.
 */
export class SheddingStep implements ServerStep, RunHolder {
  readonly name = 'shedding';
  readonly queue: Queue;
  readonly #service: string;
  readonly #clock: Clock;
  readonly #options: Filled<RequestOptions>;
  readonly #values: PolicyValues;
  readonly #pace: TurnPace;
  #handling = 0;
  #shed = 0;
  #beginning = false;
  #look: Timer | undefined;

  /** @throws ConfigurationError when the options cannot work */
  constructor(service: string, clock: Clock, given: RequestOptions | undefined) {
    const { options, values } = declared<RequestOptions>(given, {
      concurrency: 1_000,
      queue: 10_000,
      maxQueueDelay: 2_000,
    });
    assertCount('requests.concurrency', options.concurrency, 1);
    assertCount('requests.queue', options.queue, 0);
    assertMilliseconds('requests.maxQueueDelay', options.maxQueueDelay);
    this.#service = service;
    this.#clock = clock;
    this.#options = options;
    this.#values = values;
    this.queue = new Queue(options.queue, options.maxQueueDelay);
    this.#pace = new TurnPace(clock, () => this.#begin());
  }

  enter(run: AdmittedRun): boolean {
    const now = run.context.arrivedAt;
    const { timeout = Infinity } = run.context.envelope;
    run.patience = Math.min(timeout / 2, this.#options.maxQueueDelay);
    if (this.queue.length === 0 && this.#free && this.#pace.take(now, this.#handling, run.patience)) {
      this.#place(run);
      return true;
    }
    const delay = this.queue.delay(now);
    if (this.queue.full || (delay > run.patience && this.queue.age(now) > run.patience * BURST)) {
      this.#refuse(run, delay, 'it would wait for');
      return false;
    }
    run.holder = this;
    this.queue.push(run);
    this.#lookAfter();
    return false;
  }

  released(run: AdmittedRun): void {
    if (!run.placed) return;
    run.placed = false;
    this.#handling--;
    this.#pace.ended();
    if (this.queue.length > 0) this.#begin();
  }

  ended(run: AdmittedRun): void {
    this.released(run);
  }

  left(run: AdmittedRun): boolean {
    this.#remove(run);
    return true;
  }

  interrupted(run: AdmittedRun): void {
    this.#remove(run);
  }

  describe(): PolicyValues {
    return this.#values;
  }

  get now(): Readonly<Record<string, number>> {
    const delay = this.queue.delay(this.#clock.now());
    return { handling: this.#handling, waiting: this.queue.length, queueDelay: delay, shed: this.#shed };
  }

  get #free(): boolean {
    return this.#handling < this.#options.concurrency;
  }

  #place(run: AdmittedRun): void {
    run.placed = true;
    this.#handling++;
  }

  /** Begins those that wait, as far as there are places and time. */
  #begin(): void {
    if (this.#beginning) return; // one that ends at once frees its place within this loop
    this.#beginning = true;
    for (let run = this.queue.first; run && this.#free; run = this.queue.first) {
      const now = this.#clock.now();
      const waited = now - run.context.arrivedAt;
      if (waited > run.patience * GRACE) {
        this.#refuse(run, waited, 'it has waited for');
        continue;
      }
      if (!this.#pace.take(now, this.#handling, run.patience)) break;
      this.queue.start(run, now);
      run.holder = undefined;
      this.#place(run);
      run.resume();
    }
    this.#beginning = false;
    this.#lookAfter();
  }

  /** Handlers may all be stuck: nobody's turn comes then. */
  readonly #dropLate = (): void => {
    this.#look = undefined;
    const now = this.#clock.now();
    let run = this.queue.first;
    while (run) {
      const next: AdmittedRun | undefined = run.following;
      const waited = now - run.context.arrivedAt;
      if (waited > run.patience * GRACE) this.#refuse(run, waited, 'it has waited for');
      run = next;
    }
    this.#lookAfter();
  };

  #remove(run: AdmittedRun): void {
    run.holder = undefined;
    this.queue.remove(run);
    this.#lookAfter();
  }

  #lookAfter(): void {
    if (this.queue.length === 0) {
      this.#look?.cancel();
      this.#look = undefined;
    } else if (!this.#free) this.#look ??= this.#clock.after(LOOK, this.#dropLate);
  }

  #refuse(run: AdmittedRun, ms: number, what: string): void {
    const waiting = this.queue.length;
    const { concurrency, queue } = this.#options;
    const why = this.queue.full
      ? `${waiting} requests wait, as many as may (requests.queue)`
      : `${waiting} requests wait, ${what} ${Math.round(ms)} ms, and may for ${Math.round(run.patience)} ` +
        '(half of the time its caller has, at most requests.maxQueueDelay)';
    const advice =
      this.#handling >= concurrency
        ? `all ${concurrency} places (requests.concurrency) are taken`
        : 'its thread is busy';
    const text = `'${this.#service}' is overloaded: ${why}; not started: ${advice}; send less, or add replicas`;
    this.#shed++;
    // By then it will be half as long as one that is just let in would find it.
    const again = waiting === queue ? this.queue.timeOf(waiting / 2) : ms - run.patience / 2;
    if (run.holder === this) this.#remove(run);
    run.refuse(encodeOverloaded(text, Math.round(Math.min(LATEST, Math.max(SOONEST, again)))));
  }
}
