import type { AdmittedRun, RunHolder } from '../admission/admitted-run.js';
import type { Body } from '../envelope/envelope.js';
import { IdempotencyConflict } from '../errors/conditions.js';
import { isRookeryError } from '../errors/rookery-error.js';
import { decodeFailure, encodeFailure } from '../errors/wire.js';
import type { Responder } from '../transport/transport.js';
import type { KeptAnswer } from './store.js';

/** What the work with one key asks of the step. */
export interface KeyedWorkOwner {
  /** Has the answer remembered; resolves or returns when it is. Never rejects. */
  keep(work: KeyedWork, answer: KeptAnswer): void | Promise<void>;
  /** The next request with the key is to be handled. */
  release(work: KeyedWork): void;
  /** Nobody can join any more. */
  over(work: KeyedWork): void;
  /** The work was given up, but not by this one, which begins from the beginning. */
  again(work: KeyedWork, run: AdmittedRun): void;
}

const STREAM =
  'the answer to the request with this idempotency key is a stream, which is neither kept nor shared: ' +
  'call it without a key, or answer with one value';

/**
 * One request with a key that is handled, and those with the same key that wait for its answer. It stands between the run
 * that does the work and its caller:
 *
 *     handler -> run -> KeyedWork -> store, then its own caller and those who have joined
 *
 * The work goes on while anybody waits for it. When all have gone, the handler is told by its signal; what it returns all
 * the same is kept, what it throws is not.
 */
export class KeyedWork implements Responder, RunHolder {
  readonly id: string;
  readonly fingerprint: string;
  /** When another may be handled in its place, by the monotonic clock. */
  readonly until: number;
  /** Set once the store has given the right to work. */
  token: string | undefined;
  readonly #owner: KeyedWorkOwner;
  readonly #waiting = new Set<AdmittedRun>();
  #worker: AdmittedRun | undefined;
  /** The worker's own caller, while it is there. */
  #caller: Responder | undefined;
  #streaming = false;
  #interrupted = false;

  constructor(id: string, fingerprint: string, until: number, owner: KeyedWorkOwner) {
    this.id = id;
    this.fingerprint = fingerprint;
    this.until = until;
    this.#owner = owner;
  }

  /** Whether somebody waits. */
  get wanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** `run` waits for the answer, or is refused if there will be none to share. */
  join(run: AdmittedRun): void {
    if (this.#streaming) {
      run.refuse(streamFailure());
      return;
    }
    run.holder = this;
    this.#waiting.add(run);
    this.#worker?.context.extend(run.context.remaining);
    if (this.#waiting.size > 1 || this.#worker) run.giveWay();
  }

  /** The store has given the right to work: the first of those who wait is to be started. */
  start(token: string): AdmittedRun | undefined {
    this.token = token;
    const [worker] = this.#waiting;
    if (!worker) return undefined;
    this.#waiting.delete(worker);
    this.#worker = worker;
    this.#caller = worker.responder;
    worker.responder = this;
    worker.keep();
    return worker;
  }

  left(run: AdmittedRun): boolean {
    if (run === this.#worker) this.#caller = undefined;
    else this.#waiting.delete(run);
    if (this.#worker && !this.#caller && !this.wanted && !this.#streaming)
      this.#worker.abort('all callers with its idempotency key gave up');
    return run !== this.#worker || this.#streaming;
  }

  interrupted(run: AdmittedRun): void {
    if (run === this.#worker) this.#interrupted = true;
    else this.#waiting.delete(run);
  }

  reply(body: Body, last: boolean): void {
    if (!this.#streaming && last) {
      this.#keep({ body });
      return;
    }
    if (!this.#streaming) this.#stream();
    this.#caller?.reply(body, last);
  }

  fail(failure: string): void {
    if (this.#streaming) {
      this.#caller?.fail(failure);
      return;
    }
    if (this.#interrupted) {
      this.settle({ failure }); // what becomes of it is not known, so the lease has to run out
    } else if (this.#worker?.context.cancelled) {
      this.#owner.release(this);
      this.#restart();
    } else if (isRetryable(failure)) {
      this.#owner.release(this);
      this.settle({ failure });
    } else this.#keep({ failure });
  }

  /** Gives everybody the answer. */
  settle(answer: KeptAnswer): void {
    this.#owner.over(this);
    const caller = this.#caller;
    this.#caller = undefined;
    if ('body' in answer) caller?.reply(answer.body, true);
    else caller?.fail(answer.failure);
    for (const run of this.#dismiss()) {
      if ('body' in answer) run.answer(answer.body);
      else run.refuse(answer.failure);
    }
    this.#worker?.letGo();
  }

  #keep(answer: KeptAnswer): void {
    const kept = this.#owner.keep(this, answer);
    if (kept) void kept.then(() => this.settle(answer));
    else this.settle(answer);
  }

  /** The first of several values: only the worker's caller can have them. */
  #stream(): void {
    this.#streaming = true;
    const failure = streamFailure();
    void this.#owner.keep(this, { failure });
    for (const run of this.#dismiss()) run.refuse(failure);
    this.#worker?.letGo();
    if (!this.#caller) this.#worker?.cancel();
  }

  /** The handler has failed because it was told to stop, and others have come since. */
  #restart(): void {
    this.#owner.over(this);
    for (const run of this.#dismiss()) this.#owner.again(this, run);
    this.#worker?.letGo();
  }

  #dismiss(): readonly AdmittedRun[] {
    const runs = [...this.#waiting];
    this.#waiting.clear();
    for (const run of runs) run.holder = undefined;
    return runs;
  }
}

function isRetryable(failure: string): boolean {
  const error = decodeFailure(failure, false);
  return isRookeryError(error) && error.recourse === 'retryable';
}

function streamFailure(): string {
  return encodeFailure(new IdempotencyConflict(STREAM), false);
}
