import { PatternTable, type Clock } from '@rookery/core';
import { headerOf, type FetchedRecord } from '../fetch/fetched-record.js';
import { patternOf } from '../topics/names.js';
import type { Endpoint } from './endpoint.js';
import type { PartitionLog } from './partition-log.js';
import { Pending } from './pending.js';
import { readRetry } from './retry-headers.js';
import type { Waiting } from './waiting.js';

/** Gives each record that is read to the endpoints that it concerns. */
export class Intake {
  readonly #endpoints: readonly Endpoint[];
  readonly #table = new PatternTable<Endpoint>();
  readonly #waiting: Waiting;
  readonly #clock: Clock;

  constructor(endpoints: readonly Endpoint[], waiting: Waiting, clock: Clock) {
    this.#endpoints = endpoints;
    for (const endpoint of endpoints)
      for (const pattern of endpoint.subscription.patterns) this.#table.add(pattern, endpoint);
    this.#waiting = waiting;
    this.#clock = clock;
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

  /** All endpoints that a record in this topic may concern. */
  endpointsOf(topic: string): readonly Endpoint[] {
    const pattern = patternOf(topic);
    return pattern === undefined ? this.#endpoints : this.#table.match(pattern);
  }

  #concerned(record: FetchedRecord, only: string | undefined): readonly Endpoint[] {
    if (only !== undefined)
      return this.#endpoints.filter(({ subscription }) => subscription.endpoint === only);
    const pattern = patternOf(record.topic) ?? headerOf(record, 'ce_type');
    return pattern === undefined ? [] : this.#table.match(pattern);
  }
}
