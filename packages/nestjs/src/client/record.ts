import { MqttRecord, NatsRecord, RmqRecord, type RmqRecordOptions } from '@nestjs/microservices';
import { RECORD_OPTIONS_HEADER, type Headers, type Logger } from '@rookery/core';
import { isKafkaRecord, keyText } from './kafka-record.js';

/** What one message may set for itself. */
export interface MessageOptions {
  /** Requests: milliseconds until it fails. Never more than is left to the message being handled. */
  readonly timeout?: number;
  /** Events with one key are handled in their order by ordered handlers. */
  readonly key?: string;
  /** Two requests with one pattern and this key are one. */
  readonly idempotencyKey?: string;
  /** Requests: handling it twice is the same as once, so that it may be tried again although it may have been handled. */
  readonly idempotent?: boolean;
  /** Requests: `false` forbids a further try. */
  readonly retry?: false;
  /** Requests: `false` forbids an answer by a fallback. */
  readonly fallback?: false;
  readonly headers?: Headers;
  /** Events: milliseconds before it may be delivered. */
  readonly delay?: number;
  /** Requests: gives the call up when it aborts. */
  readonly signal?: AbortSignal;
}

/** Data and the options of its message; made by {@link RookeryRecordBuilder}. */
export class RookeryRecord<T = unknown> {
  readonly data: T;
  readonly options: MessageOptions;

  constructor(data: T, options: MessageOptions) {
    this.data = data;
    this.options = options;
  }
}

/** Options for one message, the way Nest's own record builders give them: pass the result in place of the data. */
export class RookeryRecordBuilder<T = unknown> {
  readonly #data: T;
  readonly #options: { -readonly [K in keyof MessageOptions]: MessageOptions[K] } = {};

  constructor(data: T) {
    this.#data = data;
  }

  /** @param milliseconds see {@link MessageOptions.timeout} */
  setTimeout(milliseconds: number): this {
    this.#options.timeout = milliseconds;
    return this;
  }

  setKey(key: string): this {
    this.#options.key = key;
    return this;
  }

  setIdempotencyKey(key: string): this {
    this.#options.idempotencyKey = key;
    return this;
  }

  /** See {@link MessageOptions.idempotent}. */
  setIdempotent(idempotent = true): this {
    this.#options.idempotent = idempotent;
    return this;
  }

  setHeaders(headers: Headers): this {
    this.#options.headers = headers;
    return this;
  }

  /** @param milliseconds see {@link MessageOptions.delay} */
  setDelay(milliseconds: number): this {
    this.#options.delay = milliseconds;
    return this;
  }

  build(): RookeryRecord<T> {
    return new RookeryRecord(this.#data, { ...this.#options });
  }
}

/**
 * What a caller passed as data: plain data, a Rookery record, or one of Nest's, of which data and headers are taken. The other
 * options of an RmqRecord are for RabbitMQ; elsewhere the log says that they have no effect.
 *
 * @param scheme of the transport: Kafka's records have no class that tells them from data
 */
export function readRecord(
  value: unknown,
  scheme: string,
  logger: Logger,
): { data: unknown; options: MessageOptions } {
  if (typeof value !== 'object' || value === null) return { data: value, options: NONE };
  if (value instanceof RookeryRecord) return value as RookeryRecord;
  if (value instanceof RmqRecord)
    return { data: value.data, options: rmqOptions(value.options ?? {}, scheme, logger) };
  if (value instanceof NatsRecord)
    return { data: value.data, options: withHeaders(natsHeaders(value.headers)) };
  if (value instanceof MqttRecord) {
    return { data: value.data, options: withHeaders(value.options?.properties?.userProperties) };
  }
  if (scheme === 'kafka' && isKafkaRecord(value))
    return { data: value.value, options: { ...withHeaders(value.headers), ...withKey(value.key) } };
  return { data: value, options: NONE };
}

const NONE: MessageOptions = {};

function withHeaders(headers: object | undefined): MessageOptions {
  if (!headers) return NONE;
  const text: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    text[name] = Array.isArray(value) ? value.join(',') : String(value);
  return { headers: text };
}

function withKey(key: unknown): MessageOptions {
  if (key === undefined || key === null) return NONE;
  return { key: keyText(key) };
}

function rmqOptions(given: RmqRecordOptions, scheme: string, logger: Logger): MessageOptions {
  const { headers, ...others } = given;
  const names = Object.keys(others);
  if (names.length === 0) return withHeaders(headers);
  if (scheme === 'amqp') return withHeaders({ ...headers, [RECORD_OPTIONS_HEADER]: JSON.stringify(others) });
  logger.warn(`${names.join(', ')} of an RmqRecord: no effect on ${scheme}:`);
  return withHeaders(headers);
}

/** The `MsgHdrs` of nats.js: names from `keys()`, values from `get()`. */
function natsHeaders(headers: unknown): object | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const { keys, get } = headers as { keys?: () => Iterable<string>; get?: (name: string) => string };
  if (typeof keys !== 'function' || typeof get !== 'function') return headers;
  return Object.fromEntries(Array.from(keys.call(headers), (name) => [name, get.call(headers, name)]));
}
