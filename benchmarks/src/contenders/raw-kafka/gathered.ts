import { Producer, type MessageToProduce } from '@platformatic/kafka';
import type { Place } from '../../contender.js';
import { brokersOf } from '../kafka-topics.js';

/** How many of the largest messages that are measured a batch may have: brokers take 1 MiB. */
const MOST = 900;

/** One batch at a time, of all that came while the one before was under way; stored once by all replicas in step. */
export class Gathered {
  readonly #producer: Producer;
  readonly #waiting: MessageToProduce[] = [];
  readonly #told: ((error?: Error) => void)[] = [];
  #sending = false;

  constructor(place: Place) {
    this.#producer = new Producer({
      clientId: place.name,
      bootstrapBrokers: brokersOf(place),
      acks: -1,
      idempotent: true,
    });
  }

  /** @param told called when it is stored, or not */
  send(message: MessageToProduce, told: (error?: Error) => void): void {
    this.#waiting.push(message);
    this.#told.push(told);
    if (this.#sending) return;
    this.#sending = true;
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const messages = this.#waiting.splice(0, MOST);
      const told = this.#told.splice(0, MOST);
      let failure: Error | undefined;
      try {
        await this.#producer.send({ messages });
      } catch (error) {
        failure = error as Error;
      }
      for (const tell of told) tell(failure);
    }
    this.#sending = false;
  }
}
