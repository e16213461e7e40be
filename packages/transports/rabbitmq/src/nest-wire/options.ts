import { ConfigurationError } from '@rookery/core';
import type { Options } from 'amqplib';

/** What a stock client and a stock server say of an exchange, in their own words. */
export interface NestExchangeOptions {
  /** Default, with `wildcards` or a fanout: the name of the queue. */
  readonly exchange?: string | undefined;
  /** Default `topic`. */
  readonly exchangeType?: string | undefined;
  readonly exchangeArguments?: Readonly<Record<string, string>> | undefined;
  /** Messages go through the exchange, by their patterns. */
  readonly wildcards?: boolean | undefined;
}

/** The queue that a stock service had, as its own options say it; they can be copied. */
export interface NestServerOptions extends NestExchangeOptions {
  /** Default: the name of the service. */
  readonly queue?: string | undefined;
  /**
   * How the queue is declared, as its stock clients declare it. Left out, a queue that is there is taken as it is, and one that
   * is not is durable.
   */
  readonly queueOptions?: Options.AssertQueue | undefined;
  /** The queue is there, and not declared. Default `false`. */
  readonly noAssert?: boolean | undefined;
  /** How many events are taken ahead of those that are handled, and are given back at the end; 0 as left out. Default 256. */
  readonly prefetchCount?: number | undefined;
  /** What the queue is bound to the exchange with, besides the patterns that `wildcards` bind it with. */
  readonly routingKey?: string | undefined;
  /** Without effect: Rookery acknowledges events when they have been handled, and requests when it has taken them. */
  readonly noAck?: boolean | undefined;
}

/** How a service is called that runs on stock Nest's RabbitMQ transport, as the options of its stock clients say it. */
export interface NestServiceOptions extends NestExchangeOptions {
  readonly wire: 'nest';
  /** Default: the name of the service. */
  readonly queue?: string | undefined;
  /** How the queue is declared. Left out, it is not declared, and calls fail while it is not there. */
  readonly queueOptions?: Options.AssertQueue | undefined;
  /** Whether messages survive a restart of the broker, if the queue does. Default `true`. */
  readonly persistent?: boolean | undefined;
  /** Sent with every message. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An exchange to declare. */
export interface NestExchange {
  readonly name: string;
  readonly type: string;
  readonly arguments: Readonly<Record<string, string>>;
}

/** See {@link NestServerOptions}. */
export interface NestServerSettings {
  /** The service's name when left out. */
  readonly queue: string | undefined;
  readonly queueOptions: Options.AssertQueue | undefined;
  readonly noAssert: boolean;
  readonly prefetchCount: number;
  readonly routingKey: string | undefined;
  readonly wildcards: boolean;
  /** `undefined` without an exchange. */
  exchangeOf(queue: string): NestExchange | undefined;
}

/** See {@link NestServiceOptions}. */
export interface NestServiceSettings {
  readonly service: string;
  readonly queue: string;
  readonly queueOptions: Options.AssertQueue | undefined;
  readonly persistent: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** What messages go through; `undefined` when they go to the queue. */
  readonly exchange: NestExchange | undefined;
}

const DEFAULT_PREFETCH = 256;
const MAX_PREFETCH = 65_535;

export function serverSettings(options: NestServerOptions): NestServerSettings {
  const { queue, queueOptions, noAssert = false, prefetchCount = 0, routingKey, wildcards = false } = options;
  if (!Number.isSafeInteger(prefetchCount) || prefetchCount < 0 || prefetchCount > MAX_PREFETCH)
    throw new ConfigurationError(
      `rabbitmq: nest.prefetchCount is ${prefetchCount}; it has to be a whole number, from 0 to ${MAX_PREFETCH}`,
    );
  return {
    ...{ queue, queueOptions, noAssert, routingKey, wildcards },
    prefetchCount: prefetchCount || DEFAULT_PREFETCH,
    exchangeOf: (name) => (options.exchange || wildcards ? exchangeOf(options, name) : undefined),
  };
}

export function serviceSettings(service: string, options: NestServiceOptions): NestServiceSettings {
  const { queue = service, queueOptions, persistent = true, headers = {} } = options;
  const routed = options.wildcards === true || options.exchangeType === 'fanout';
  const exchange = routed ? exchangeOf(options, queue) : undefined;
  return { service, queue, queueOptions, persistent, headers, exchange };
}

function exchangeOf(options: NestExchangeOptions, queue: string): NestExchange {
  const { exchange = queue, exchangeType = 'topic' } = options;
  return { name: exchange, type: exchangeType, arguments: options.exchangeArguments ?? {} };
}
