import { ConfigurationError, type Logger, type Transport } from '@rookery/core';

/** What a handler may do with `getProducer()`, as with that of kafkajs. */
export interface KafkaProducer {
  /** Stores messages in a topic; what it takes besides is as of kafkajs, and has no effect. */
  send(record: { readonly topic: string; readonly messages: readonly object[] }): Promise<unknown>;
  sendBatch(batch: {
    readonly topicMessages?: readonly { readonly topic: string; readonly messages: readonly object[] }[];
  }): Promise<unknown>;
}

/** What a handler may do with `getConsumer()`. */
export interface KafkaConsumer {
  /** Does nothing: an event is noted as handled when its handler has returned. */
  commitOffsets(offsets?: readonly object[]): Promise<void>;
}

/** What nobody but Rookery may do to its consumer, and what to do in its place. */
const REFUSED: Readonly<Record<string, string>> = {
  connect: 'it is connected as long as the service listens',
  disconnect: 'close the application',
  subscribe: 'declare an @EventPattern',
  run: 'declare an @EventPattern',
  stop: 'close the application',
  seek: 'replay dead letters, or reset the offsets of the group while the service is down',
  describeGroup: "ask Kafka's own tools",
  pause: 'throw for a retry; the kill switch pauses an endpoint that fails',
  resume: 'the kill switch resumes what it has paused',
  paused: 'describe() of the service says which endpoints are paused',
  on: 'use on() of the service, which tells its status',
};

/** What all contexts of a service on Kafka share: what stands for the consumer and the producer of kafkajs. */
export class KafkaHandles {
  readonly #transport: Transport;
  readonly consumer: KafkaConsumer;

  constructor(transport: Transport, logger: Logger) {
    this.#transport = transport;
    let hinted = false;
    const refused = Object.entries(REFUSED).map(([method, instead]) => [
      method,
      (): never => {
        throw new ConfigurationError(
          `getConsumer().${method}() is not for handlers with Rookery, which shares the partitions out itself: ${instead}`,
        );
      },
    ]);
    this.consumer = {
      ...(Object.fromEntries(refused) as object),
      commitOffsets: () => {
        if (!hinted)
          logger.info(
            'commitOffsets() is not needed with Rookery and does nothing: an event is noted when its handler has returned, ' +
              'and comes again when it throws',
          );
        hinted = true;
        return Promise.resolve();
      },
    };
  }

  /** @throws ConfigurationError where there is no Kafka: a test has lent another transport */
  get producer(): KafkaProducer {
    const native = this.#transport.unwrap() as { producer?: KafkaProducer } | undefined;
    if (native?.producer) return native.producer;
    throw new ConfigurationError(
      `getProducer() is not there on ${this.#transport.scheme}:, which is no Kafka; publish by a RookeryBus or a RookeryClient`,
    );
  }
}
