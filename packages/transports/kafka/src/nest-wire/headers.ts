import { headerOf, type FetchedRecord } from '../fetch/fetched-record.js';

/** Which request of its sender a record is, or answers. */
export const CORRELATION_ID = 'kafka_correlationId';
/** Where the answer to a request is to go. */
export const REPLY_TOPIC = 'kafka_replyTopic';
export const REPLY_PARTITION = 'kafka_replyPartition';
/** The error that ends an answer. */
export const ERROR = 'kafka_nest-err';
/** Whether an answer ends with this. */
export const DISPOSED = 'kafka_nest-is-disposed';

/** Whether stock Nest takes a record for a request, if it has a handler for one. */
export function isStockRequest(record: FetchedRecord): boolean {
  return headerOf(record, CORRELATION_ID) !== undefined && headerOf(record, REPLY_TOPIC) !== undefined;
}

/** Whether a record is an answer on the stock wire: nobody's event, whatever wildcards match its topic. */
export function isStockReply(record: FetchedRecord): boolean {
  return (
    record.topic.endsWith('.reply') &&
    headerOf(record, CORRELATION_ID) !== undefined &&
    headerOf(record, REPLY_TOPIC) === undefined
  );
}
