import { Producer, type MessageToProduce } from '@platformatic/kafka';
import type { Place } from '../../contender.js';
import { brokersOf } from '../kafka-topics.js';

/** One batch at a time, of all that came while the one before was under way; stored once by all replicas in step. */
export class Gathered {
  readonly #producer: Producer;
  #waiting: MessageToProduce[] = [];
  #told: ((error?: Error) => void)[] = [];
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
      const [messages, told] = [this.#waiting, this.#told];
      this.#waiting = [];
      this.#told = [];
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
