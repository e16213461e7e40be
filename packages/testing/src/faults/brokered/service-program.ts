import {
  Client,
  jsonCodec,
  type Logger,
  Server,
  systemClock,
  systemRandom,
  type TransportFactory,
} from '@rookery/core';
import { LOGGED, READY } from '../replica-program.js';
import { callerOrders, runCaller } from './caller-program.js';
import { Journal } from './journal.js';
import type { FlowEndpoint, FlowEvent, Question, ServiceOrders } from './orders.js';

/** What becomes of an event that fails: soon, because it is waited for. */
const RETRIES = { attempts: 4, firstDelay: 40, factor: 2 };
const KILL_SWITCH = { pause: 500 };

const codec = jsonCodec({ strict: true });

/**
 * The whole of a program that is one replica of the service that scenarios with a broker have, until it gets a SIGTERM.
 *
 *     await runService(({ url }) => rabbitmq({ url }));
 */
export async function runService(transport: (orders: ServiceOrders) => TransportFactory): Promise<void> {
  const orders = JSON.parse(process.argv[2] ?? '{}') as ServiceOrders;
  const { service, replica, patterns } = orders;
  const journal = new Journal(orders.journal);
  const host = { service, clock: systemClock, random: systemRandom, logger: sayingLogger() };
  const server = new Server({
    ...host,
    transport: transport(orders).create({ ...host, replica }),
    codec,
    retries: RETRIES,
    killSwitch: KILL_SWITCH,
    deadLetters: journal.deadLetters(),
  });
  const work = (endpoint: FlowEndpoint) => (event: unknown) => journal.work(endpoint, event as FlowEvent);
  server.on([patterns.moved], { endpoint: 'ledger', ordered: true }, work('ledger'));
  server.on([patterns.told], { endpoint: 'mail' }, work('mail'));
  server.on([patterns.told], { endpoint: 'audit' }, work('audit'));
  server.handle(patterns.echo, (data) => data);
  process.once('SIGTERM', () => void server.close().then(() => process.exit()));
  await server.start();
  process.stdout.write(`${READY}\n`);
}

/** The whole of a program that calls that service. */
export async function runFlowCaller(factory: (url: string) => TransportFactory): Promise<void> {
  const orders = callerOrders();
  const { service: to, name, load } = orders;
  const host = { clock: systemClock, random: systemRandom, logger: sayingLogger() };
  const transport = factory(orders.url).create({ ...host, service: undefined, replica: name });
  const client = new Client({
    ...host,
    transport,
    codec,
    to,
    timeout: load.timeout,
  });
  await runCaller(orders, {
    publish: (pattern, event) => client.emit(pattern, event, { key: event.key }),
    request: (pattern, question) => client.request(pattern, question) as Promise<Question>,
    async close() {
      client.close();
      await transport.close();
    },
  });
}

function sayingLogger(): Logger {
  const log = (text: string): void => void process.stdout.write(`${LOGGED} ${text}\n`);
  return { debug() {}, info: log, warn: log, error: log };
}
