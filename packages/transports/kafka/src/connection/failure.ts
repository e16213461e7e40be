import { findErrorBy, UserError } from '@platformatic/kafka';
import { Unavailable, type RookeryError } from '@rookery/core';

/** Whether a broker answered with one of these errors, by their names in Kafka's protocol. */
export function answered(error: unknown, ...ids: string[]): boolean {
  return error instanceof Error && ids.some((id) => findErrorBy(error, 'apiId', id) !== null);
}

/** Whether a topic is not there; the library says so in a word of its own. */
export function isUnknownTopic(error: unknown): boolean {
  return (
    answered(error, 'UNKNOWN_TOPIC_OR_PARTITION') ||
    (error instanceof UserError && error.message.startsWith('Unknown topic'))
  );
}

/** What people are told of a failure to talk to the brokers. */
export function unavailable(what: string, cause: unknown): RookeryError {
  return new Unavailable(`${what}: ${innermost(cause)}`, { cause });
}

/** The message that says why, of an error that wraps others. */
function innermost(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors.at(-1));
  if (error instanceof Error && error.cause instanceof Error) return innermost(error.cause);
  return error instanceof Error ? error.message : String(error);
}
