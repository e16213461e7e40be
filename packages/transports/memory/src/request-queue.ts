import { createEnvelope, type Clock, type Posted, type RequestFrame, ownMessage } from '@rookery/core';
import type { Member } from './member.js';

/** A request in the queue of a service, until a replica takes it. */
class QueuedRequest implements Posted {
  readonly #queue: Set<QueuedRequest>;
  readonly #frame: RequestFrame;
  readonly #clock: Clock;
  readonly #since: number;
  taken = false;

  constructor(queue: Set<QueuedRequest>, frame: RequestFrame, clock: Clock) {
    this.#queue = queue;
    this.#frame = { ...frame, message: ownMessage(frame.message) };
    this.#clock = clock;
    this.#since = clock.now();
    queue.add(this);
  }

  /** Leaves the queue for good; the time it spent here is taken off its deadline. */
  take(): RequestFrame {
    this.taken = true;
    this.#queue.delete(this);
    const { envelope, body } = this.#frame.message;
    if (envelope.timeout === undefined) return this.#frame;
    const timeout = Math.max(0, envelope.timeout - (this.#clock.now() - this.#since));
    return { ...this.#frame, message: { envelope: createEnvelope({ ...envelope, timeout }), body } };
  }

  withdraw(): void {
    this.#queue.delete(this);
  }
}

/** The requests for one service: each leaves once, to one of its replicas in turn, and waits while there is none. */
export class RequestQueue {
  readonly #waiting = new Set<QueuedRequest>();
  readonly #takers: Member[] = [];
  #next = 0;

  get size(): number {
    return this.#waiting.size;
  }

  post(frame: RequestFrame, clock: Clock): Posted {
    const request = new QueuedRequest(this.#waiting, frame, clock);
    this.#offer();
    return request;
  }

  attach(taker: Member): void {
    this.#takers.push(taker);
    this.#offerAll();
  }

  /** What it was offered and has not taken goes to the others. */
  detach(taker: Member): void {
    const index = this.#takers.indexOf(taker);
    if (index < 0) return;
    this.#takers.splice(index, 1);
    this.#offerAll();
  }

  find(replica: string): Member | undefined {
    return this.#takers.find((taker) => taker.replica === replica);
  }

  #offerAll(): void {
    for (let count = this.#waiting.size; count > 0; count--) this.#offer();
  }

  /** Has the next replica take one, in its own turn. An offer too many finds nothing to take. */
  #offer(): void {
    const taker = this.#takers[this.#next++ % this.#takers.length];
    taker?.turns.later(() => {
      if (!this.#takers.includes(taker)) return;
      const [first] = this.#waiting;
      if (first) taker.receive(first.take());
    });
  }
}
