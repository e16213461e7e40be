import { PatternTable, type Clock } from '@rookery/core';
import { headerOf, type FetchedRecord } from '../fetch/fetched-record.js';
import type { Names } from '../topics/names.js';
import { isStockReply } from '../nest-wire/headers.js';
import type { StockRequests } from '../nest-wire/stock-requests.js';
import type { Endpoint } from './endpoint.js';
import type { PartitionLog } from './partition-log.js';
import { Pending, type Taker } from './pending.js';
import { readRetry } from './retry-headers.js';
import type { Waiting } from './waiting.js';

/** Gives each record that is read to the endpoints that it concerns. */
export class Intake {
  readonly #endpoints: readonly Endpoint[];
  readonly #table = new PatternTable<Endpoint>();
  readonly #waiting: Waiting;
  readonly #clock: Clock;
  readonly #names: Names;
  readonly #requests: StockRequests | undefined;

  /** @param requests takes those of stock clients, if they are served */
  constructor(
    endpoints: readonly Endpoint[],
    waiting: Waiting,
    clock: Clock,
    names: Names,
    requests?: StockRequests,
  ) {
    this.#endpoints = endpoints;
    for (const endpoint of endpoints)
      for (const pattern of endpoint.subscription.patterns) this.#table.add(pattern, endpoint);
    this.#waiting = waiting;
    this.#clock = clock;
    this.#names = names;
    this.#requests = requests;
  }

  take(log: PartitionLog, records: readonly FetchedRecord[]): void {
    const now = this.#clock.epoch();
    for (const record of records) {
      const entry = log.add(record);
      const { endpoint, attempt, due } = readRetry(record);
      // All of them first: one that is settled at once must not settle the record.
      const pendings = this.#concerned(record, endpoint).map((one) => new Pending(entry, one, attempt));
      for (const pending of pendings) this.#waiting.until(pending, due === 0 ? 0 : due - now);
    }
    log.advance();
  }

  /** All takers that a record in this topic may concern. */
  takersOf(topic: string): readonly Taker[] {
    const pattern = this.#names.patternOf(topic);
    const endpoints = pattern === undefined ? this.#endpoints : this.#table.match(pattern);
    return this.#requests?.topics.includes(topic) ? [...endpoints, this.#requests] : endpoints;
  }

  #concerned(record: FetchedRecord, only: string | undefined): readonly Taker[] {
    if (only !== undefined) return this.#endpoints.filter(({ name }) => name === only);
    const pattern = this.#names.patternOf(record.topic) ?? headerOf(record, 'ce_type');
    const endpoints = pattern === undefined ? [] : this.#table.match(pattern);
    if (this.#requests?.takes(record, endpoints.length > 0)) return [this.#requests];
    return isStockReply(record) ? [] : endpoints;
  }
}
