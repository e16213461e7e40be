/**
 * The canonical text of an attribute of CloudEvents that may have come as a number, a truth value, bytes or a time of AMQP.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md
 */
export function attributeText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  const time = timestampIn(value);
  return time === undefined ? undefined : new Date(time).toISOString();
}

/** Milliseconds since the Unix epoch of a time as AMQP 1.0 (milliseconds) or 0-9-1 (seconds) has it. */
export function timestampIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const { '!': kind, value: seconds } = (value ?? {}) as { '!'?: unknown; value?: unknown };
  return kind === 'timestamp' && typeof seconds === 'number' ? seconds * 1_000 : undefined;
}
