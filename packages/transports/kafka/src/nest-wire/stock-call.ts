import {
  stockFailure,
  type Body,
  type Clock,
  type Logger,
  type Responder,
  type ServerCall,
} from '@rookery/core';
import { headerOf, type FetchedRecord } from '../fetch/fetched-record.js';
import type { Outgoing } from '../produce/outgoing.js';
import type { Names } from '../topics/names.js';
import { CORRELATION_ID, DISPOSED, ERROR, REPLY_PARTITION, REPLY_TOPIC } from './headers.js';
import { stockAnswer, type StockAnswer } from './values.js';

/** Milliseconds after which an answer is not worth sending any more. */
const ANSWER_TIMEOUT = 60_000;

const END = Buffer.alloc(1);

/** What the calls of stock clients share. */
export interface StockCallScope {
  readonly outgoing: Outgoing;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly names: Names;
}

/** A request of a stock client. It gives no credit: what the brokers have stored of its answer is what it has taken. */
export class StockCall implements Responder {
  readonly native: FetchedRecord;
  readonly #scope: StockCallScope;
  readonly #ended: () => void;
  /** Where the answer goes; `undefined` for who wants none. */
  readonly #to: { topic: string; partition: number | undefined; correlationId: string } | undefined;
  #work: ServerCall | undefined;
  #over = false;
  #owed = 0;

  /** @param ended called once, when the whole answer is stored or given up */
  constructor(record: FetchedRecord, scope: StockCallScope, ended: () => void) {
    this.native = record;
    this.#scope = scope;
    this.#ended = ended;
    const topic = headerOf(record, REPLY_TOPIC);
    const correlationId = headerOf(record, CORRELATION_ID);
    if (topic === undefined || correlationId === undefined) return;
    if (scope.names.isAnyOwn(topic)) {
      scope.logger.warn(`a stock request for ${record.topic} wants its answer on ${topic}; it gets none`);
      return;
    }
    const partition = Number(headerOf(record, REPLY_PARTITION) ?? -1);
    this.#to = { topic, correlationId, partition: partition >= 0 ? partition : undefined };
  }

  /** Ties the call to the handler's work. */
  attach(work: ServerCall): void {
    this.#work = work;
    this.#ask();
  }

  reply(body: Body, last: boolean): void {
    if (this.#over) return;
    this.#over = last;
    this.#post(stockAnswer(body), last ? [[DISPOSED, END]] : []);
  }

  fail(failure: string): void {
    if (this.#over) return;
    this.#over = true;
    const { fields, hidden } = stockFailure(failure);
    const { topic } = this.native;
    if (!this.#to) this.#scope.logger.warn(`${topic}, which nobody wants an answer to, failed: ${failure}`);
    else if (hidden !== undefined) this.#scope.logger.debug(`not told to who asked for ${topic}: ${hidden}`);
    const error = typeof fields.err === 'string' ? fields.err : JSON.stringify(fields.err);
    this.#post({ key: undefined, value: undefined, headers: [] }, [
      [ERROR, error],
      [DISPOSED, END],
    ]);
  }

  #post({ key, value, headers }: StockAnswer, marks: readonly (readonly [string, string | Buffer])[]): void {
    const last = this.#over;
    const done = (): void => {
      if (last) this.#ended();
      else {
        this.#owed++;
        this.#ask();
      }
    };
    if (!this.#to) {
      done();
      return;
    }
    const { topic, partition, correlationId } = this.#to;
    const all = [...headers, [CORRELATION_ID, correlationId] as const, ...marks];
    const record = { topic, partition, key, value, headers: all, timestamp: this.#scope.clock.epoch() };
    this.#scope.outgoing.post(record, ANSWER_TIMEOUT, (error) => {
      if (error) this.#scope.logger.warn(`an answer on ${topic} is lost: ${error.message}`);
      done();
    });
  }

  /** What was sent is stored: asks for as much again. */
  #ask(): void {
    if (this.#owed === 0 || !this.#work || this.#over) return;
    const owed = this.#owed;
    this.#owed = 0;
    this.#work.credit(owed);
  }
}
