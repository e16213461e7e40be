import { isRookeryError, type Logger, type Message } from '@rookery/core';
import type { Consumer } from '../events/consumer.js';
import { DENIED, type Outcome, readOutcome } from '../frames/ack.js';
import type { Cursor } from '../frames/cursor.js';
import { readOwner } from '../frames/owner.js';
import { malformed, MAX_NUMBER } from '../frames/protocol.js';
import type { LargeBody } from '../connection/large-body.js';
import { NumberTable } from '../connection/number-table.js';
import type { MessageWriter } from '../connection/message-writer.js';

interface PendingDelivery {
  readonly number: number;
  readonly settle: (outcome: Outcome) => void;
}

interface PeerConsumer extends Consumer {
  window: number;
}

/** The events that were sent on one connection and are not acknowledged. */
export class ClientDeliveries {
  readonly #writer: MessageWriter;
  readonly #logger: Logger;
  readonly #settled: () => void;
  readonly #pending = new NumberTable<PendingDelivery>();
  readonly #consumers: PeerConsumer[] = [];
  /** What the peer has said of its endpoints since its WELCOME. */
  readonly #windows: number[] = [];
  #number = 0;

  /** @param settled called after each acknowledgement */
  constructor(writer: MessageWriter, logger: Logger, settled: () => void) {
    this.#writer = writer;
    this.#logger = logger;
    this.#settled = settled;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** The peer's endpoint with this index in its WELCOME. */
  consumer(route: number, replica: string, window: number): Consumer {
    const consumer: PeerConsumer = {
      replica,
      window: this.#windows[route] ?? window,
      own: (slot, above) => this.#writer.owner(route, slot, above),
      deliver: (...event) => this.#send(route, ...event),
    };
    this.#consumers[route] = consumer;
    return consumer;
  }

  /**
   * Takes a WINDOW frame.
   *
   * @param routes how many subscriptions the peer has
   */
  window(fields: Cursor, routes: number): void {
    const route = fields.varint();
    const window = fields.varint();
    fields.finish();
    if (route >= routes) throw malformed(`a WINDOW of subscription ${route} of ${routes}`);
    this.#windows[route] = window;
    const consumer = this.#consumers[route];
    if (!consumer) return;
    consumer.window = window;
    consumer.windowChanged?.();
  }

  /**
   * Takes an OWNER frame.
   *
   * @param routes how many subscriptions the peer has
   */
  owned(fields: Cursor, routes: number): void {
    const { route, slot, fencingToken } = readOwner(fields, routes);
    this.#consumers[route]?.owned?.(slot, fencingToken);
  }

  /** Takes an ACK frame. */
  acknowledge(fields: Cursor): void {
    const number = fields.varint();
    const delivery = this.#pending.get(number);
    if (!delivery) throw malformed(`an ACK of delivery number ${number}, which is not under way`);
    const outcome = readOutcome(fields);
    this.#pending.delete(number);
    // What a handler rejects is told of, and kept, by its own side.
    if (outcome.outcome === 'reject' && outcome.reason.startsWith(DENIED))
      this.#logger.error(`an event is dropped: ${outcome.reason}`);
    delivery.settle(outcome);
    this.#settled();
  }

  /** The connection is gone; whoever keeps the events sends them elsewhere. */
  clear(): void {
    this.#pending.clear();
  }

  #send(
    route: number,
    message: Message,
    attempt: number,
    settle: (outcome: Outcome) => void,
  ): LargeBody | undefined {
    const number = this.#nextNumber();
    let large: LargeBody | undefined;
    try {
      large = this.#writer.event(number, route, attempt, message);
    } catch (error) {
      if (!isRookeryError(error)) throw error;
      this.#logger.error(`an event is dropped: ${error.message}`);
      queueMicrotask(() => settle({ outcome: 'reject', reason: error.message }));
      return undefined;
    }
    this.#pending.add({ number, settle });
    return large;
  }

  #nextNumber(): number {
    do this.#number = this.#number === MAX_NUMBER ? 1 : this.#number + 1;
    while (this.#pending.get(this.#number));
    return this.#number;
  }
}
