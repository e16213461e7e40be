import type { Envelope } from '@rookery/core';
import type { Table } from './application-headers.js';
import { attributeText } from './attribute-value.js';

/** The fields of an envelope that only travel, each in a header of its own. */
type ContextField =
  | 'correlationId'
  | 'causationId'
  | 'traceparent'
  | 'tracestate'
  | 'baggage'
  | 'caller'
  | 'tenant'
  | 'idempotencyKey';

/** In CloudEvents the names of attributes are small letters and digits; those of partitioning and tracing are registered. */
const NAMES: readonly (readonly [ContextField, string])[] = [
  ['correlationId', 'correlationid'],
  ['causationId', 'causationid'],
  ['traceparent', 'traceparent'],
  ['tracestate', 'tracestate'],
  ['baggage', 'baggage'],
  ['caller', 'caller'],
  ['tenant', 'tenant'],
  ['idempotencyKey', 'idempotencykey'],
];

/** What travels in headers of one prefix. */
export class ContextHeaders {
  readonly #names: readonly (readonly [ContextField, string])[];
  readonly #key: string;
  readonly #slot: string;

  constructor(prefix: string) {
    this.#names = NAMES.map(([field, name]) => [field, prefix + name]);
    this.#key = `${prefix}partitionkey`;
    this.#slot = `${prefix}slot`;
  }

  write(table: Table, envelope: Envelope): void {
    for (const [field, name] of this.#names) {
      const value = envelope[field];
      if (value !== undefined) table[name] = value;
    }
    if (envelope.key !== undefined) table[this.#key] = envelope.key;
    if (envelope.slot !== undefined) table[this.#slot] = envelope.slot;
  }

  read(table: Table): Pick<Envelope, ContextField | 'key' | 'slot'> {
    const fields: Partial<Record<ContextField, string>> = {};
    for (const [field, name] of this.#names) {
      const value = attributeText(table[name]);
      if (value !== undefined) fields[field] = value;
    }
    return {
      ...(fields as Record<ContextField, string>),
      key: attributeText(table[this.#key]),
      slot: numberIn(table, this.#slot),
    };
  }
}

export function textIn(table: Table, name: string): string | undefined {
  const value = table[name];
  return typeof value === 'string' ? value : undefined;
}

export function numberIn(table: Table, name: string): number | undefined {
  const value = table[name];
  return typeof value === 'number' ? value : undefined;
}
