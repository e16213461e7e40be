import type { AdmittedRun } from '../admission/admitted-run.js';
import { assertCount, assertMilliseconds, declared } from '../admission/declared.js';
import type { ServerStep } from '../admission/server-step.js';
import type { Clock } from '../clock/clock.js';
import { ConfigurationError, IdempotencyConflict, Unavailable } from '../errors/conditions.js';
import { encodeFailure, encodeOverloaded } from '../errors/wire.js';
import type { PolicyValues } from '../policies/describe.js';
import type { Logger } from '../transport/logger.js';
import { KeyedWork, type KeyedWorkOwner } from './keyed-work.js';
import { MemoryIdempotencyStore } from './memory-store.js';
import type { IdempotencyOptions } from './options.js';
import { fingerprintOf, scopeOf } from './scope.js';
import type { Claim, IdempotencyStore, KeptAnswer } from './store.js';

/** Milliseconds; the least that a default lease lasts. */
const LEAST_LEASE = 30_000;
/** Milliseconds until the store is asked again for what another replica works on: at first, and at most. */
const ASK_AGAIN = 25;
const ASK_AT_LATEST = 400;

const UPLOAD =
  'an upload has an idempotency key, but whether two uploads are the same cannot be told; not started: send it without a ' +
  'key, or with one value as its body';

/** Has one request with a key handled and gives the others its answer; see {@link IdempotencyOptions}. */
export class IdempotencyStep implements ServerStep, KeyedWorkOwner {
  readonly name = 'idempotency';
  readonly #service: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #store: IdempotencyStore;
  readonly #keep: number;
  readonly #lease: number | undefined;
  readonly #values: PolicyValues;
  /** Those that are asked for or handled at this replica. */
  readonly #works = new Map<string, KeyedWork>();

  /** @throws ConfigurationError when the options cannot work */
  constructor(service: string, clock: Clock, logger: Logger, given: IdempotencyOptions = {}) {
    const { store, keep, lease, maxEntries, maxBytes } = given;
    if (store && (maxEntries !== undefined || maxBytes !== undefined))
      throw new ConfigurationError(
        'idempotency.maxEntries and maxBytes are of the default store: give them to idempotency.store itself',
      );
    const bounds = declared(
      { keep, maxEntries, maxBytes },
      { keep: 600_000, maxEntries: 10_000, maxBytes: 64 * 1024 * 1024 },
    );
    assertMilliseconds('idempotency.keep', bounds.options.keep);
    assertCount('idempotency.maxEntries', bounds.options.maxEntries, 1);
    assertCount('idempotency.maxBytes', bounds.options.maxBytes, 1);
    if (lease !== undefined) assertMilliseconds('idempotency.lease', lease);
    this.#service = service;
    this.#clock = clock;
    this.#logger = logger;
    this.#store = store ?? new MemoryIdempotencyStore({ clock, ...bounds.options });
    this.#keep = bounds.options.keep;
    this.#lease = lease;
    const { keep: kept, ...memory } = bounds.values;
    this.#values = {
      reach: { value: this.#store.reach, from: store ? 'server' : 'default' },
      ...(kept ? { keep: kept } : {}),
      lease: {
        value: lease ?? `the request's timeout, at least ${LEAST_LEASE}`,
        from: lease ? 'server' : 'default',
      },
      ...(store ? {} : memory),
    };
  }

  enter(run: AdmittedRun): boolean {
    const key = run.context.envelope.idempotencyKey;
    if (key === undefined) return true;
    if (run.upload) throw new IdempotencyConflict(UPLOAD);
    return this.#enter(run, scopeOf(run, key), fingerprintOf(run.body));
  }

  keep(work: KeyedWork, answer: KeptAnswer): void | Promise<void> {
    const kept = (): void | Promise<void> => this.#store.keep(work.id, work.token ?? '', answer, this.#keep);
    return this.#logged(kept, 'the answer to a request with an idempotency key was not kept');
  }

  release(work: KeyedWork): void {
    const released = (): void | Promise<void> => this.#store.release(work.id, work.token ?? '');
    void this.#logged(released, 'an idempotency key was not released');
  }

  over(work: KeyedWork): void {
    if (this.#works.get(work.id) === work) this.#works.delete(work.id);
  }

  again(work: KeyedWork, run: AdmittedRun): void {
    if (this.#enter(run, work.id, work.fingerprint)) run.resume();
  }

  describe(): PolicyValues {
    return this.#values;
  }

  get now(): Readonly<Record<string, number>> {
    return { keysUnderWay: this.#works.size };
  }

  #enter(run: AdmittedRun, id: string, fingerprint: string): boolean {
    const now = this.#clock.now();
    const known = this.#works.get(id);
    if (known && known.until > now) {
      if (known.fingerprint === fingerprint) known.join(run);
      else run.refuse(this.#conflict(run));
      return false;
    }
    const { remaining } = run.context;
    const lease = this.#lease ?? Math.max(LEAST_LEASE, remaining === Infinity ? 0 : remaining);
    const work = new KeyedWork(id, fingerprint, now + lease, this);
    this.#works.set(id, work);
    work.join(run);
    return this.#ask(work, run, lease, ASK_AGAIN) === run;
  }

  /** Asks the store. Gives the run that is to be started, if the store has said so at once. */
  #ask(work: KeyedWork, run: AdmittedRun, lease: number, pause: number): AdmittedRun | undefined {
    let claim: Claim | Promise<Claim>;
    try {
      claim = this.#store.claim(work.id, work.fingerprint, lease);
    } catch (error) {
      this.#unknown(work, error);
      return undefined;
    }
    if (!('then' in claim)) return this.#claimed(work, run, lease, pause, claim);
    claim.then(
      (answer) => this.#claimed(work, run, lease, pause, answer)?.resume(),
      (error: unknown) => this.#unknown(work, error),
    );
    return undefined;
  }

  /** What the store has said. Gives the run that is to be started by it, if there is one. */
  #claimed(
    work: KeyedWork,
    run: AdmittedRun,
    lease: number,
    pause: number,
    claim: Claim,
  ): AdmittedRun | undefined {
    switch (claim.state) {
      case 'claimed': {
        const worker = work.start(claim.token);
        if (worker) return worker;
        this.release(work); // all have gone meanwhile
        this.over(work);
        break;
      }
      case 'done':
        work.settle(claim.answer);
        break;
      case 'conflict':
        work.settle({ failure: this.#conflict(run) });
        break;
      case 'full':
        work.settle({ failure: this.#full() });
        break;
      case 'running':
        if (!work.wanted) this.over(work);
        else
          this.#clock.after(pause, () =>
            this.#ask(work, run, lease, Math.min(2 * pause, ASK_AT_LATEST))?.resume(),
          );
    }
    return undefined;
  }

  #unknown(work: KeyedWork, error: unknown): void {
    const text = `whether a request with this idempotency key was handled is not known, so it is not started: ${reason(error)}`;
    this.#logger.error(`'${this.#service}': ${text}`);
    work.settle({ failure: encodeFailure(new Unavailable(text), false) });
  }

  #conflict({ context: { envelope } }: AdmittedRun): string {
    const text =
      `the idempotency key '${envelope.idempotencyKey}' was used for another body of ${envelope.pattern} on ` +
      `'${this.#service}'; not started: make a new key for each request that is not a repetition`;
    return encodeFailure(new IdempotencyConflict(text), false);
  }

  #full(): string {
    return encodeOverloaded(
      `'${this.#service}' remembers as many idempotency keys as it may (idempotency.maxEntries), all of requests under ` +
        'way; not started: send fewer at once, add replicas, or raise it',
    );
  }

  #logged(work: () => void | Promise<void>, what: string): void | Promise<void> {
    const log = (error: unknown): void => this.#logger.error(`'${this.#service}': ${what}: ${reason(error)}`);
    try {
      return work()?.catch(log);
    } catch (error) {
      log(error);
    }
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
