import { ConfigurationError } from '../../errors/conditions.js';
import { encodeOverloaded } from '../../errors/wire.js';
import type { PolicyValues } from '../../policies/describe.js';
import { callerOf, type AdmittedRun } from '../admitted-run.js';
import { assertCount, declared, type Filled } from '../declared.js';
import type { ServerStep } from '../server-step.js';
import type { Queue } from '../shedding/queue.js';
import type { CallerOptions } from './options.js';

/** For so many milliseconds after its last request to a busy service another caller counts as one that wants its share. */
const RECENT = 1_000;

/** Keeps one caller from taking all of a service; see {@link CallerOptions}. */
export class CallersStep implements ServerStep {
  readonly name = 'callers';
  readonly #service: string;
  readonly #queue: Queue;
  readonly #options: Filled<CallerOptions>;
  readonly #values: PolicyValues;
  readonly #limited: boolean;
  /** How many requests of each are handled or wait; only kept where there are limits. */
  readonly #counts = new Map<string, number>();
  /** Who asked last while requests waited, and since when nobody else has. */
  #latest: string | undefined;
  #since = -Infinity;

  /** @throws ConfigurationError when the options cannot work */
  constructor(service: string, given: CallerOptions | undefined, queue: Queue) {
    const { options, values } = declared<CallerOptions>(given, {
      limit: Infinity,
      limits: {},
      queueShare: 0.5,
    });
    assertCount('callers.limit', options.limit, 0);
    for (const [caller, limit] of Object.entries(options.limits))
      assertCount(`callers.limits.${caller}`, limit, 0);
    const share = options.queueShare;
    if (!(share > 0 && share <= 1))
      throw new ConfigurationError(`callers.queueShare is ${share}; it has to be above 0 and at most 1`);
    this.#service = service;
    this.#queue = queue;
    this.#options = options;
    this.#values = values;
    this.#limited = given?.limit !== undefined || given?.limits !== undefined;
  }

  enter(run: AdmittedRun): boolean {
    if (this.#queue.length > 0 && this.#holdsTooMuch(run)) return false;
    if (!this.#limited) return true;
    const caller = callerOf(run);
    const count = this.#counts.get(caller) ?? 0;
    const { limits, limit } = this.#options;
    const own = Object.hasOwn(limits, caller) ? `callers.limits.${caller}` : undefined;
    const most = (own === undefined ? limit : limits[caller]) ?? Infinity;
    if (count >= most) {
      const text =
        `'${caller}' has ${count} requests under way at '${this.#service}', as many as it may; not started: ` +
        `send fewer at once, or raise the service's ${own ?? 'callers.limit'}`;
      run.refuse(encodeOverloaded(text));
      return false;
    }
    run.counted = true;
    this.#counts.set(caller, count + 1);
    return true;
  }

  ended(run: AdmittedRun): void {
    if (!run.counted) return;
    run.counted = false;
    const caller = callerOf(run);
    const count = (this.#counts.get(caller) ?? 1) - 1;
    if (count > 0) this.#counts.set(caller, count);
    else this.#counts.delete(caller);
  }

  describe(): PolicyValues {
    return this.#values;
  }

  #holdsTooMuch(run: AdmittedRun): boolean {
    const caller = callerOf(run);
    const now = run.context.arrivedAt;
    if (caller !== this.#latest) {
      const first = this.#latest === undefined;
      this.#latest = caller;
      if (!first) this.#since = now;
    }
    if (now - this.#since > RECENT && this.#queue.callers <= 1) return false; // it is alone
    const waiting = this.#queue.waitingOf(caller);
    const room = this.#queue.room;
    if (waiting < Math.max(1, Math.floor(room * this.#options.queueShare))) return false;
    const text =
      `'${this.#service}' is overloaded: ${waiting} requests of '${caller}' wait, which is its share ` +
      `(callers.queueShare) of ${room} while others call too; not started: send less, or add replicas`;
    run.refuse(encodeOverloaded(text, this.#queue.timeOf(waiting / 2)));
    return true;
  }
}
