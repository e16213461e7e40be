import { Writer } from '@platformatic/kafka';

/** The records of one partition, as {@link recordBatch} writes them. */
export interface WrittenBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/**
 * A request to store batches, from version 9 of it on: brokers that know topics by their ids, as what is read here is asked for, know
 * that one.
 *
 * @param acks -1 for all replicas that are in step
 * @param timeout milliseconds that the leader waits for them
 */
export function produceRequest(acks: number, timeout: number, batches: readonly WrittenBatch[]): Writer {
  const topics = [...Map.groupBy(batches, ({ topic }) => topic)];
  return Writer.create()
    .appendString(null) // no transaction
    .appendInt16(acks)
    .appendInt32(timeout)
    .appendArray(topics, (writer, [topic, own]) => {
      writer.appendString(topic).appendArray(own, (each, { partition, bytes }) => {
        each.appendInt32(partition).appendBytes(bytes);
      });
    })
    .appendTaggedFields();
}
