import type { Body } from '../envelope/envelope.js';

/** How a request with an idempotency key ended: its one value, or its failure as `encodeFailure` writes it. */
export type KeptAnswer = { readonly body: Body } | { readonly failure: string };

/** What is known of a key when a request comes with it. */
export type Claim =
  /** Nobody works on it: whoever asked does now, until the lease runs out. The token says so to the store. */
  | { readonly state: 'claimed'; readonly token: string }
  /** Somebody does, whose lease has not run out. */
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly answer: KeptAnswer }
  /** The key was used for a request with another body. */
  | { readonly state: 'conflict' }
  /** No further key can be remembered now. */
  | { readonly state: 'full' };

/**
 * Remembers which requests with idempotency keys are under way and how they ended. One that is shared by the replicas of
 * a service, as in a database, makes a key hold for the service; {@link IdempotencyStore.reach} says which it is.
 *
 * What is synchronous in memory may be a promise elsewhere. If `claim` rejects, the request is refused as Unavailable; if
 * `keep` or `release` does, that is logged, and the caller gets the answer.
 *
 * @see https://docs.stripe.com/api/idempotent_requests
 */
export interface IdempotencyStore {
  /** Within what a key is one: a single replica, or all of the service. */
  readonly reach: 'replica' | 'service';
  /**
   * Asks for the right to work on `id`, at once for one of those who ask at the same time.
   *
   * @param id caller, pattern and key, as one text
   * @param fingerprint of the body
   * @param lease milliseconds after which another may claim it, if nothing was kept by then
   */
  claim(id: string, fingerprint: string, lease: number): Claim | Promise<Claim>;
  /**
   * Remembers the answer for `ms` milliseconds; does nothing if another has claimed it since. The caller gets its answer
   * when that is done.
   */
  keep(id: string, token: string, answer: KeptAnswer, ms: number): void | Promise<void>;
  /** Forgets the claim, so that the next request with the key is handled; nothing if another has claimed it since. */
  release(id: string, token: string): void | Promise<void>;
}
