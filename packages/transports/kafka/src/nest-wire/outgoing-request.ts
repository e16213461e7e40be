import type { Envelope, Message, RequestFrame } from '@rookery/core';
import type { OutgoingRecord } from '../produce/outgoing-record.js';
import type { Names } from '../topics/names.js';
import { CORRELATION_ID, REPLY_PARTITION, REPLY_TOPIC } from './headers.js';
import { stockValue } from './values.js';

/** Under names of their own, as those who trace Kafka look for them. */
const CONTEXT = ['traceparent', 'tracestate', 'baggage'] as const satisfies (keyof Envelope)[];

/**
 * A request as a stock client sends it, in the topic of its pattern. Its answer is to come to the partition of the replies that
 * is read here.
 *
 * @param partition which that is; known only once the brokers have been reached, before which nothing is sent
 */
export function stockRequest(
  { call, message }: RequestFrame,
  timestamp: number,
  names: Names,
  partition: () => number,
): OutgoingRecord {
  const { envelope, body } = message;
  const headers = headersOf(message);
  return {
    topic: names.topicOf(envelope.pattern),
    key: envelope.key === undefined ? undefined : Buffer.from(envelope.key),
    value: stockValue(body),
    timestamp,
    get headers() {
      return [
        ...headers,
        [CORRELATION_ID, call] as const,
        [REPLY_TOPIC, names.replies] as const,
        [REPLY_PARTITION, String(partition())] as const,
      ];
    },
  };
}

function headersOf({ envelope }: Message): (readonly [string, string])[] {
  const context = CONTEXT.flatMap((name) => {
    const value = envelope[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return [...context, ...Object.entries(envelope.headers ?? {})];
}
