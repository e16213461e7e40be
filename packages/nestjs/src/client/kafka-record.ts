/** A message as Nest's Kafka clients take it in place of data. */
export interface KafkaRecord {
  readonly value: unknown;
  readonly key?: unknown;
  readonly headers?: object;
}

const MEMBERS = new Set(['key', 'value', 'headers', 'partition', 'timestamp']);

/**
 * Whether an object is a message and no data: `{ key, value }`, `{ value, headers }`, with nothing in it that no message has.
 * A `value` alone is data: nobody could tell, and on the other transports it is that.
 */
export function isKafkaRecord(value: object): value is KafkaRecord {
  if (!('value' in value) || !('key' in value || 'headers' in value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  if (!Object.keys(value).every((member) => MEMBERS.has(member))) return false;
  const { headers } = value as { headers?: unknown };
  return headers === undefined || (typeof headers === 'object' && headers !== null);
}

/** A key as Nest writes it: objects as JSON. */
export function keyText(key: unknown): string {
  if (typeof key !== 'object' || key === null || Buffer.isBuffer(key)) return String(key);
  return JSON.stringify(key);
}
