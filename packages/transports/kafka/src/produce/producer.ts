import type { Cluster } from '../connection/cluster.js';
import { answered } from '../connection/failure.js';
import type { Lane } from '../connection/lane.js';
import type { PartitionBatch } from './batch.js';
import { produceRequest } from './produce-request.js';
import { recordBatch } from './record-batch.js';

/** All replicas that are in step have to have it. */
const ACKS_ALL = -1;
/** Milliseconds that a leader waits for the replicas. */
const STORE_TIMEOUT = 10_000;
const LAST_SEQUENCE = 2 ** 31 - 1;

/** What a broker will not take however often it is asked. */
const HOPELESS = [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_TIMESTAMP',
];

/** The brokers do not know this producer, or what it has sent, any more. */
const FORGOTTEN = [
  'UNKNOWN_PRODUCER_ID',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
];

interface Identity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/**
 * Stores batches, each once: a batch that is sent again keeps its sequence number, by which the brokers know it. One batch
 * for each partition at a time is what makes that so, and keeps the order.
 */
export class Producer {
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #sequences = new Map<string, number>();
  #identity: Identity | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#lane = cluster.lane();
  }

  /**
   * Sends batches to the leader of their partitions. Resolves with those that have to be sent again and why; the others are
   * stored, or refused for good.
   */
  async send(
    batches: readonly PartitionBatch[],
    refuse: (batch: PartitionBatch, why: unknown) => void,
  ): Promise<Unsent> {
    const metadata = await this.#cluster.metadata([...new Set(batches.map(({ topic }) => topic))]);
    const byLeader = new Map<number, PartitionBatch[]>();
    for (const batch of batches) {
      const leader = metadata.topics.get(batch.topic)?.partitions[batch.partition]?.leader ?? -1;
      const others = byLeader.get(leader);
      if (others) others.push(batch);
      else byLeader.set(leader, [batch]);
    }
    const identity = await this.#identify();
    const unsent = await Promise.all(
      [...byLeader].map(([leader, theirs]) => this.#sendTo(leader, theirs, identity, refuse)),
    );
    return {
      batches: unsent.flatMap(({ batches: again }) => again),
      why: unsent.find(({ why }) => why)?.why,
    };
  }

  /**
   * Begins as a new producer; needed whenever a batch that may have been stored is given up, or the brokers would take the
   * next one for it. What is sent again after that may be stored twice.
   */
  forget(): void {
    this.#identity = undefined;
    this.#sequences.clear();
  }

  /** Fails what is under way. */
  cut(): Promise<void> {
    return this.#lane.cut();
  }

  async #sendTo(
    leader: number,
    batches: readonly PartitionBatch[],
    identity: Identity,
    refuse: (batch: PartitionBatch, why: unknown) => void,
  ): Promise<Unsent> {
    const written = batches.map(({ topic, partition, postings }) => {
      const firstSequence = this.#sequences.get(`${topic}:${partition}`) ?? 0;
      const records = postings.map(({ record }) => record);
      return { topic, partition, bytes: recordBatch(records, { ...identity, firstSequence }) };
    });
    try {
      await this.#lane.askWritten(leader, 'Produce', () => produceRequest(ACKS_ALL, STORE_TIMEOUT, written));
    } catch (why) {
      return this.#sort(batches, why, refuse);
    }
    for (const batch of batches) this.#stored(batch);
    return { batches: [], why: undefined };
  }

  /** Which of them are stored in spite of the error, which never will be, and which have to be sent again. */
  #sort(
    batches: readonly PartitionBatch[],
    why: unknown,
    refuse: (batch: PartitionBatch, why: unknown) => void,
  ): Unsent {
    const codes = codesIn(why);
    if (!codes) return { batches: [...batches], why };
    const again: PartitionBatch[] = [];
    for (const batch of batches) {
      const error = codes.get(`${batch.topic}:${batch.partition}`);
      if (error === undefined || answered(error, 'DUPLICATE_SEQUENCE_NUMBER')) this.#stored(batch);
      else if (answered(error, ...HOPELESS)) refuse(batch, error);
      else {
        if (answered(error, ...FORGOTTEN)) this.forget();
        else this.#cluster.forget();
        again.push(batch);
      }
    }
    return { batches: again, why };
  }

  #stored(batch: PartitionBatch): void {
    const where = `${batch.topic}:${batch.partition}`;
    const next = (this.#sequences.get(where) ?? 0) + batch.postings.length;
    this.#sequences.set(where, next > LAST_SEQUENCE ? next - LAST_SEQUENCE - 1 : next);
    for (const posting of batch.postings) posting.stored();
  }

  async #identify(): Promise<Identity> {
    if (this.#identity) return this.#identity;
    const { producerId, producerEpoch } = await this.#lane.askAny<Identity>(
      'InitProducerId',
      null,
      0,
      -1n,
      -1,
    );
    this.#identity = { producerId, producerEpoch };
    return this.#identity;
  }
}

/** See {@link Producer.send}. */
export interface Unsent {
  readonly batches: readonly PartitionBatch[];
  readonly why: unknown;
}

interface ProduceResponse {
  readonly responses: readonly {
    readonly name: string;
    readonly partitionResponses: readonly { readonly index: number; readonly errorCode: number }[];
  }[];
}

/** The errors of the partitions that have one; `undefined` when no broker answered. */
function codesIn(why: unknown): Map<string, unknown> | undefined {
  const { response, errors } = why as {
    response?: ProduceResponse;
    errors?: readonly { apiCode?: number }[];
  };
  if (!response?.responses || !errors) return undefined;
  const failed = new Map<string, unknown>();
  for (const { name, partitionResponses } of response.responses) {
    for (const { index, errorCode } of partitionResponses) {
      if (errorCode === 0) continue;
      failed.set(`${name}:${index}`, errors.find(({ apiCode }) => apiCode === errorCode) ?? why);
    }
  }
  return failed;
}
