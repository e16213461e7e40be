import type { RecordsBatch } from '@platformatic/kafka';

/** What a broker answers to a fetch. */
export interface FetchResponse {
  readonly responses: readonly {
    readonly topicId: string;
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly errorCode: number;
      readonly records?: RecordsBatch[] | null;
    }[];
  }[];
}
