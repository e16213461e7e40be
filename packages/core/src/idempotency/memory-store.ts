import type { Clock } from '../clock/clock.js';
import type { Claim, IdempotencyStore, KeptAnswer } from './store.js';

interface Entry {
  readonly fingerprint: string;
  readonly token: string;
  /** When it counts no longer, by the monotonic clock. */
  until: number;
}

interface DoneEntry extends Entry {
  readonly answer: KeptAnswer;
  readonly size: number;
}

/** See {@link MemoryIdempotencyStore}. */
export interface MemoryIdempotencyStoreOptions {
  readonly clock: Clock;
  /** Default 10,000. */
  readonly maxEntries?: number | undefined;
  /** Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * Keeps answers in the memory of this replica: a key does not hold for the other replicas of the service, and is forgotten
 * when the process ends. Bounded: the answers kept longest go first; what is under way never does, so that while all keys
 * are of requests under way, a further one is refused.
 */
export class MemoryIdempotencyStore implements IdempotencyStore {
  readonly reach = 'replica';
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  /** In the order of the claims. */
  readonly #running = new Map<string, Entry>();
  /** In the order in which they ended. */
  readonly #done = new Map<string, DoneEntry>();
  #bytes = 0;
  #count = 0;

  constructor({ clock, maxEntries = 10_000, maxBytes = 64 * 1024 * 1024 }: MemoryIdempotencyStoreOptions) {
    this.#clock = clock;
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** How many keys it remembers. */
  get size(): number {
    return this.#running.size + this.#done.size;
  }

  claim(id: string, fingerprint: string, lease: number): Claim {
    const now = this.#clock.now();
    this.#forgetOld(now);
    const done = this.#done.get(id);
    if (done && done.until > now) {
      if (done.fingerprint !== fingerprint) return { state: 'conflict' };
      return { state: 'done', answer: done.answer };
    }
    const running = this.#running.get(id);
    if (running && running.until > now)
      return { state: running.fingerprint === fingerprint ? 'running' : 'conflict' };
    if (!running && !this.#makeRoom()) return { state: 'full' };
    if (done) this.#drop(id, done);
    this.#running.delete(id);
    const token = String(++this.#count);
    this.#running.set(id, { fingerprint, token, until: now + lease });
    return { state: 'claimed', token };
  }

  keep(id: string, token: string, answer: KeptAnswer, ms: number): void {
    const running = this.#running.get(id);
    if (running?.token !== token) return;
    this.#running.delete(id);
    const size = ('body' in answer ? answer.body : answer.failure)?.length ?? 0;
    this.#done.set(id, { ...running, answer, size, until: this.#clock.now() + ms });
    this.#bytes += size;
    this.#shrink();
  }

  release(id: string, token: string): void {
    if (this.#running.get(id)?.token === token) this.#running.delete(id);
  }

  #makeRoom(): boolean {
    const [oldest] = this.#done;
    if (this.size >= this.#maxEntries && oldest) this.#drop(...oldest);
    return this.size < this.#maxEntries;
  }

  /** The last answer is kept however large it is. */
  #shrink(): void {
    for (const [id, entry] of this.#done) {
      if (this.#bytes <= this.#maxBytes || this.#done.size === 1) return;
      this.#drop(id, entry);
    }
  }

  /** From the oldest on, as far as they are over. */
  #forgetOld(now: number): void {
    for (const [id, entry] of this.#done) {
      if (entry.until > now) break;
      this.#drop(id, entry);
    }
    for (const [id, entry] of this.#running) {
      if (entry.until > now) break;
      this.#running.delete(id);
    }
  }

  #drop(id: string, entry: DoneEntry): void {
    this.#done.delete(id);
    this.#bytes -= entry.size;
  }
}
