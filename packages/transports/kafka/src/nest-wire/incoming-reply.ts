import { failureOfStock, type Frame } from '@rookery/core';
import { headerOf, type FetchedRecord } from '../fetch/fetched-record.js';
import { CORRELATION_ID, DISPOSED, ERROR } from './headers.js';
import { bodyOfStock } from './values.js';

/** Whom nobody can reach: a stock service takes neither credit nor cancel. */
export const NOBODY = '';

/**
 * The frame that a stock service's answer is, if it is for one of these addresses. An end with no value in it is that of a stream, or of a handler that has returned nothing or `null`.
 */
export function frameOfStock(record: FetchedRecord, addresses: ReadonlySet<string>): Frame | undefined {
  const call = headerOf(record, CORRELATION_ID);
  if (call === undefined || !addresses.has(call.slice(0, call.lastIndexOf('/')))) return undefined;
  const failure = headerOf(record, ERROR);
  if (failure !== undefined)
    return {
      type: 'failure',
      call,
      failure: failureOfStock(errorOf(failure), 'stock Nest', 'that it has read'),
    };
  const last = headerOf(record, DISPOSED) !== undefined;
  if (record.value === null && !last) return { type: 'reply', call, from: NOBODY, body: 'null', last };
  return { type: 'reply', call, from: NOBODY, body: bodyOfStock(record.value), last };
}

/** As stock clients read it: JSON if it is that of an object or an array. */
function errorOf(text: string): unknown {
  if (!text.startsWith('{') && !text.startsWith('[')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
