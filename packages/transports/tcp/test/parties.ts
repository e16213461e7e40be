import {
  createEnvelope,
  decodeFailure,
  systemClock,
  systemRandom,
  type Body,
  type Clock,
  type Delivery,
  type Envelope,
  type Logger,
  type Message,
  type Random,
  type ReplySink,
  type RequestHandler,
  type RookeryError,
  type Subscription,
  type Transport,
  type TransportHost,
} from '@rookery/core';
import { onTestFinished } from 'vitest';
import { tcp } from '../src/tcp.js';
import type { TcpOptions } from '../src/options.js';

export const HOST = '127.0.0.1';

/** Everything that a transport said. */
class Log implements Logger {
  readonly lines: string[] = [];
  debug = (text: string): void => void this.lines.push(`debug ${text}`);
  info = (text: string): void => void this.lines.push(`info ${text}`);
  warn = (text: string): void => void this.lines.push(`warn ${text}`);
  error = (text: string): void => void this.lines.push(`error ${text}`);

  /** The lines that contain `text`. */
  about(text: string): string[] {
    return this.lines.filter((line) => line.includes(text));
  }
}

export interface Party {
  readonly transport: Transport;
  readonly log: Log;
}

export interface PartyOptions extends TcpOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly replica?: string;
}

let parties = 0;

/** A transport, closed when the test ends. */
export function party(service: string | undefined, options: PartyOptions = {}): Party {
  const { clock = systemClock, random = systemRandom, replica = `r${++parties}`, ...rest } = options;
  const log = new Log();
  const host: TransportHost = { service, replica, clock, random, logger: log };
  const transport = tcp({ reconnect: { first: 5, longest: 20 }, ...rest }).create(host);
  onTestFinished(() => transport.close());
  return { transport, log };
}

export interface ServerOptions extends PartyOptions {
  readonly port?: number;
  readonly handler?: RequestHandler;
}

/** What every handler of requests in these tests does unless told otherwise: it gives the body back. */
const echo: RequestHandler = (message, _credit, responder) => {
  responder.reply(message.body, true);
  return { credit() {}, cancel() {} };
};

/** A service that listens, and its address. */
export async function serve(
  service: string,
  { port = 0, handler = echo, ...options }: ServerOptions = {},
): Promise<Party & { url: string; port: number }> {
  const server = party(service, { ...options, listen: { host: HOST, port } });
  server.transport.serve(service, handler);
  await server.transport.open();
  const url = server.transport.describe().addresses[0] as string;
  return { ...server, url, port: Number(new URL(url).port) };
}

export function message(pattern: string, body: Body, fields: Partial<Envelope> = {}): Message {
  return { envelope: createEnvelope({ id: `m${++parties}`, pattern, ...fields }), body };
}

/** The answer to one request, as a promise. */
export class Answer implements ReplySink {
  readonly values: Body[] = [];
  readonly #end = Promise.withResolvers<Body[]>();

  constructor() {
    this.#end.promise.catch(() => undefined);
  }

  /** All values; rejects with what the other side failed with, or with why there is no answer. */
  get all(): Promise<Body[]> {
    return this.#end.promise;
  }

  async one(): Promise<Body> {
    return (await this.all)[0];
  }

  reply(body: Body, last: boolean): void {
    if (!last || body !== undefined) this.values.push(body);
    if (last) this.#end.resolve(this.values);
  }

  fail(failure: string): void {
    this.#end.reject(decodeFailure(failure, false));
  }

  lost(error: RookeryError): void {
    this.#end.reject(error);
  }
}

/** Asks `service` and gives its answer. */
export function ask(transport: Transport, service: string, body: Body, timeout = 5_000): Promise<Body> {
  const answer = new Answer();
  transport.request({ service }, message('echo', body, { timeout }), 1, answer);
  return answer.one();
}

/** What an endpoint got; accepted unless `hold` is set. */
export class Subscriber {
  readonly deliveries: Delivery[] = [];
  readonly hold: boolean;

  constructor(hold = false) {
    this.hold = hold;
  }

  get bodies(): Body[] {
    return this.deliveries.map(({ message: { body } }) => body);
  }

  readonly take = (delivery: Delivery): void => {
    this.deliveries.push(delivery);
    if (!this.hold) delivery.settle({ outcome: 'accept' });
  };
}

export function subscription(service: string, fields: Partial<Subscription> = {}): Subscription {
  return { service, endpoint: 'note', patterns: ['happened'], broadcast: false, concurrency: 64, ...fields };
}
