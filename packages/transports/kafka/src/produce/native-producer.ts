import type { Clock } from '@rookery/core';
import type { Outgoing } from './outgoing.js';
import type { OutgoingRecord } from './outgoing-record.js';

type Bytes = string | Buffer;

/** A message as the clients of Kafka take it. */
export interface NativeMessage {
  readonly key?: Bytes | null;
  readonly value?: Bytes | null;
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, Bytes | readonly Bytes[] | undefined>>;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp?: string;
}

/** Messages of a topic. */
export interface NativeMessages {
  readonly topic: string;
  readonly messages: readonly NativeMessage[];
}

/** What an application stores itself, in any topic: as `send` and `sendBatch` of kafkajs take it. */
export class NativeProducer {
  readonly #outgoing: Outgoing;
  readonly #clock: Clock;
  readonly #within: number;

  /** @param within milliseconds after which what is not stored is refused */
  constructor(outgoing: Outgoing, clock: Clock, within: number) {
    this.#outgoing = outgoing;
    this.#clock = clock;
    this.#within = within;
  }

  /** Resolves when all of them are stored. */
  send = async ({ topic, messages }: NativeMessages): Promise<{ topicName: string; errorCode: 0 }[]> => {
    await Promise.all(messages.map((message) => this.#store(topic, message)));
    return [{ topicName: topic, errorCode: 0 }];
  };

  /** Resolves when all of them are stored. */
  sendBatch = async ({ topicMessages = [] }: { readonly topicMessages?: readonly NativeMessages[] }) =>
    (await Promise.all(topicMessages.map(this.send))).flat();

  #store(topic: string, { key, value, partition, headers = {}, timestamp }: NativeMessage): Promise<void> {
    const record: OutgoingRecord = {
      topic,
      partition,
      key: bytesOf(key),
      value: bytesOf(value),
      headers: Object.entries(headers).flatMap(([name, values]) =>
        [values ?? []].flat().map((each: Bytes) => [name, each] as const),
      ),
      timestamp: timestamp === undefined ? this.#clock.epoch() : Number(timestamp),
    };
    return new Promise((resolve, reject) => {
      this.#outgoing.post(record, this.#within, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function bytesOf(value: Bytes | null | undefined): Buffer | undefined {
  return value === null || value === undefined ? undefined : Buffer.from(value);
}
