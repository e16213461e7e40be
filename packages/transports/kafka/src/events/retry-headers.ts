import { headerOf, type FetchedRecord } from '../fetch/fetched-record.js';

/** The one endpoint that a record is for; all that its pattern concerns without it. */
const ENDPOINT = 'rookery_endpoint';
/** How often that endpoint has tried it. */
const ATTEMPT = 'rookery_attempt';
/** Milliseconds since the Unix epoch before which it is not to be delivered. */
const DUE = 'rookery_due';

/** What a record says of its delivery, besides what the event itself is. */
export interface RetryHeaders {
  readonly endpoint: string | undefined;
  readonly attempt: number;
  readonly due: number;
}

export function readRetry(record: FetchedRecord): RetryHeaders {
  return {
    endpoint: headerOf(record, ENDPOINT),
    attempt: Number(headerOf(record, ATTEMPT) ?? 0) || 0,
    due: Number(headerOf(record, DUE) ?? 0) || 0,
  };
}

/** The header of an event that is held back. */
export function dueHeader(due: number): readonly [string, string] {
  return [DUE, String(Math.ceil(due))];
}

/** The headers of a record that is to come again. */
export function retryHeaders(
  { headers }: FetchedRecord,
  { endpoint, attempt, due }: RetryHeaders,
): (readonly [string, string | Buffer])[] {
  const kept = headers.flatMap(([key, value]) => {
    const name = key?.toString() ?? '';
    return [ENDPOINT, ATTEMPT, DUE].includes(name) ? [] : [[name, value ?? ''] as const];
  });
  const own =
    endpoint === undefined ? [] : [[ENDPOINT, endpoint] as const, [ATTEMPT, String(attempt)] as const];
  return [...kept, ...own, dueHeader(due)];
}
