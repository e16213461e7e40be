import { hasWildcards, type RequestHandler } from '@rookery/core';
import { decodeEvent } from '../events/cloud-event.js';
import type { Pending, Taker } from '../events/pending.js';
import { headerOf, type FetchedRecord } from '../fetch/fetched-record.js';
import { CORRELATION_ID, isStockRequest } from './headers.js';
import { StockCall, type StockCallScope } from './stock-call.js';

/** How many are handled at once; the others wait where they are. */
const MAX_AT_ONCE = 100;
/** How many values of a stream may be on their way to the brokers. */
const WINDOW = 64;

/**
 * The requests of stock clients: each in the topic of its pattern, among the events of the service's group. One is noted as
 * done when its answer is stored, so that what a replica that dies has in hand is handled again, as in stock Nest.
 */
export class StockRequests implements Taker {
  readonly name = 'requests of stock clients';
  readonly ordered = false;
  readonly paused = false;
  /** Those of patterns that have a handler and that stock clients can send. */
  readonly topics: readonly string[];
  readonly #handler: RequestHandler;
  readonly #scope: StockCallScope;
  readonly #queue: Pending[] = [];
  #running = 0;
  #stopped = false;
  #idle: (() => void) | undefined;

  /** @param patterns in their normal form; those with wildcards are not looked for on this wire */
  constructor(patterns: readonly string[], handler: RequestHandler, scope: StockCallScope) {
    const { names } = scope;
    const reached = patterns.filter(
      (pattern) => !hasWildcards(pattern) && names.topicOf(pattern) === names.within(pattern),
    );
    this.topics = reached.map((pattern) => names.topicOf(pattern));
    this.#handler = handler;
    this.#scope = scope;
  }

  /** Whether a record is for a handler of requests: one that asks for an answer, or that no handler of events is there for. */
  takes(record: FetchedRecord, hasEvents: boolean): boolean {
    return this.topics.includes(record.topic) && (!hasEvents || isStockRequest(record));
  }

  offer(pending: Pending): void {
    this.#queue.push(pending);
    this.#next();
  }

  /** Begins nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
  }

  /** Resolves when nothing is being handled or answered. */
  async answered(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  #next(): void {
    while (!this.#stopped && this.#running < MAX_AT_ONCE) {
      const pending = this.#queue.shift();
      if (!pending) return;
      if (!pending.entry.log.closed) this.#handle(pending);
    }
  }

  #handle(pending: Pending): void {
    const { log, record } = pending.entry;
    this.#running++;
    log.began();
    const call = new StockCall(record, this.#scope, () => {
      this.#running--;
      pending.settled();
      log.ended();
      if (this.#running === 0) this.#idle?.();
      this.#next();
    });
    const { envelope, body } = decodeEvent(record, this.#scope.names, true);
    const id = headerOf(record, CORRELATION_ID) ?? envelope.id;
    call.attach(this.#handler({ envelope: { ...envelope, id }, body }, WINDOW, call));
  }
}
