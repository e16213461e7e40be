import { QueueFull } from '@rookery/core';
import type { Limits } from './limits.js';

/** What all connections of a listener have of bodies that are arriving. */
export interface ArrivedBytes {
  bytes: number;
}

/**
 * How much large bodies, and items of uploads that nobody has read, may take together: what is announced on one
 * connection, what has arrived on all.
 */
export class BodyBounds {
  readonly #limits: Limits;
  readonly #all: ArrivedBytes;
  #announced = 0;
  #arrived = 0;
  #closed = false;

  constructor(limits: Limits, all: ArrivedBytes) {
    this.#limits = limits;
    this.#all = all;
  }

  /** A body of so many bytes begins. Gives the reason why it may not, if it may not. */
  begin(total: number): QueueFull | undefined {
    this.#announced += total;
    const { maxBuffered } = this.#limits;
    if (this.#announced <= maxBuffered) return this.#allTaken(0);
    return new QueueFull(
      `a body of ${total} bytes on top of ${this.#announced - total} that are arriving or wait on this connection, of at most ` +
        `${maxBuffered}; not started: send fewer large ones at once, or raise the service's maxBuffered`,
    );
  }

  /** So many bytes of one have come. Gives the reason why they are too many, if they are. */
  arrive(bytes: number): QueueFull | undefined {
    const full = this.#allTaken(bytes);
    if (full) return full;
    this.#arrived += bytes;
    this.#all.bytes += bytes;
    return undefined;
  }

  /** Nothing is kept any more of a body of so many bytes, as many of which had come. */
  end(total: number, arrived: number): void {
    if (this.#closed) return;
    this.#announced -= total;
    this.#arrived -= arrived;
    this.#all.bytes -= arrived;
  }

  /** The connection is gone. */
  close(): void {
    this.#closed = true;
    this.#all.bytes -= this.#arrived;
    this.#arrived = 0;
    this.#announced = 0;
  }

  #allTaken(more: number): QueueFull | undefined {
    const { maxBufferedInAll } = this.#limits;
    if (this.#all.bytes + more <= maxBufferedInAll) return undefined;
    return new QueueFull(
      `the large bodies that are arriving at the service take ${this.#all.bytes} bytes already, of at most ` +
        `${maxBufferedInAll}; not started: add replicas, or raise its maxBufferedInAll`,
    );
  }
}
