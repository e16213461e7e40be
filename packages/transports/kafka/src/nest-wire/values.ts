import type { Body } from '@rookery/core';

/**
 * The body that stock Nest would have read: what begins like an object or an array is JSON if it can be, what begins with a
 * zero byte is bytes, all else is text, numbers among it.
 */
export function bodyOfStock(value: Buffer | null): Body {
  if (value === null) return undefined;
  if (value[0] === 0) return new Uint8Array(value);
  const text = value.toString();
  return isJson(text) ? text : JSON.stringify(text);
}

/** The value that stock Nest would have written for a body: a text without quotes, none for `null`. */
export function stockValue(body: Body): Buffer | undefined {
  if (body === undefined || body === 'null') return undefined;
  if (typeof body !== 'string') return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Buffer.from(body.startsWith('"') ? (JSON.parse(body) as string) : body);
}

/** A message that a handler has answered with, in place of a value. */
export interface StockAnswer {
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  readonly headers: readonly (readonly [string, string])[];
}

/** As stock Nest does it: an object with a `key` or a `value` is a message, and not the value of one. */
export function stockAnswer(body: Body): StockAnswer {
  const mayBe = typeof body === 'string' && /^\{.*"(?:key|value)"/s.test(body);
  const answer = mayBe ? (JSON.parse(body) as Record<string, unknown>) : undefined;
  if (!answer || !('key' in answer || 'value' in answer))
    return { key: undefined, value: stockValue(body), headers: [] };
  const { key, value, headers } = answer;
  return {
    key: stockValue(JSON.stringify(key)),
    value: stockValue(JSON.stringify(value)),
    headers: Object.entries(headers ?? {}).map(([name, each]) => [name, String(each)]),
  };
}

function isJson(text: string): boolean {
  if (!text.startsWith('{') && !text.startsWith('[')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
