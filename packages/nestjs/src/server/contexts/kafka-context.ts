import type { MessageContext } from '@rookery/core';
import { RookeryContext } from '../rookery-context.js';
import type { KafkaConsumer, KafkaHandles, KafkaProducer } from './kafka-handles.js';

/** A record as the Kafka transport has it; a replayed dead letter has none. */
interface NativeRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
}

/** A message as Nest gives it: parsed. */
export interface KafkaMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: string;
  readonly key: unknown;
  /** What `@Payload()` gives. */
  readonly value: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly attributes: number;
}

/** What `@Ctx()` gives on Kafka: it also answers what Nest's own `KafkaContext` answers. */
export class RookeryKafkaContext extends RookeryContext {
  readonly #message: MessageContext;
  readonly #data: unknown;
  readonly #handles: KafkaHandles;
  #parsed: KafkaMessage | undefined;

  constructor(message: MessageContext, data: unknown, isEvent: boolean, handles: KafkaHandles) {
    super(message, isEvent);
    this.#message = message;
    this.#data = data;
    this.#handles = handles;
  }

  /** The message, parsed as Nest parses it. Its headers are the application's, and `kafka_correlationId`. */
  getMessage(): KafkaMessage {
    this.#parsed ??= this.#parse();
    return this.#parsed;
  }

  /** The partition that it came in; -1 for a dead letter that is replayed, which comes in none. */
  getPartition(): number {
    return this.#record?.partition ?? -1;
  }

  /** The pattern, which is the name of the topic in stock Nest, whichever topic it has come in. */
  getTopic(): string {
    return this.getPattern();
  }

  /** Stands for the consumer: `commitOffsets` does nothing, all else is an error that says what to do. */
  getConsumer(): KafkaConsumer {
    return this.#handles.consumer;
  }

  /** Does nothing: a handler may take as long as it needs, and nobody misses the replica meanwhile. */
  getHeartbeat(): () => Promise<void> {
    return () => Promise.resolve();
  }

  /**
   * Stands for the producer: `send` and `sendBatch` resolve when it is stored.
   *
   * @throws ConfigurationError where there is no Kafka
   */
  getProducer(): KafkaProducer {
    return this.#handles.producer;
  }

  override getArgs(): never {
    const args: readonly unknown[] = [0, 1, 2, 3, 4, 5].map((index) => this.getArgByIndex(index));
    return args as never;
  }

  override getArgByIndex(index: number): never {
    const getters = [
      () => this.getMessage(),
      () => this.getPartition(),
      () => this.getTopic(),
      () => this.getConsumer(),
      () => this.getHeartbeat(),
      () => this.getProducer(),
    ];
    return getters[index]?.() as never;
  }

  get #record(): NativeRecord | undefined {
    return this.#message.native as NativeRecord | undefined;
  }

  #parse(): KafkaMessage {
    const record = this.#record;
    const { envelope, correlationId } = this.#message;
    const headers = Object.entries({ kafka_correlationId: correlationId, ...envelope.headers });
    return {
      topic: this.getTopic(),
      partition: this.getPartition(),
      offset: String(record?.offset ?? -1),
      timestamp: String(record?.timestamp ?? envelope.time ?? 0),
      key: envelope.key === undefined ? null : parsed(envelope.key),
      value: this.#data,
      headers: Object.fromEntries(headers.map(([name, value]) => [name, parsed(value)])),
      attributes: 0,
    };
  }
}

/** As Nest reads a text of Kafka: JSON if it is that of an object or an array. */
function parsed(text: string): unknown {
  if (!text.startsWith('{') && !text.startsWith('[')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
