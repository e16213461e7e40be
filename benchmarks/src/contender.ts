import type { BrokerKind } from '@rookery/brokers';
import type { Calls } from './calls.js';

/** Where client and server meet. */
export interface Place {
  /** The broker's url; empty where there is none. */
  readonly broker: string;
  /** No other measurement has this name: letters, digits and `-`. */
  readonly name: string;
}

/**
 * Starts serving, and resolves when nothing that is sent from then on is missed: to a free port of the loopback interface, or to
 * that of the broker. Events that were handled are counted in `handled.ts`.
 */
type StartServer = (place: Place) => Promise<number>;

/** Connects to the server on that port of 127.0.0.1, or to the broker; resolves once calls can be made. */
type Connect = (port: number, place: Place) => Promise<Calls>;

/** One way to make a call. A server and a client process each load only their own half of one contender. */
export interface Contender {
  /** As `--only` and the results know it. */
  readonly name: string;
  readonly suite: Suite;
  readonly server: () => Promise<StartServer>;
  readonly client: () => Promise<Connect>;
}

/** What is compared with each other: `npm run bench -- <suite>`. */
export type Suite = 'tcp' | 'rabbitmq' | 'kafka';

interface SuiteSetup {
  /** The contender that the others are divided by. */
  readonly baseline: string;
  /** The one that does no more than it has to; the others are divided by it as well. */
  readonly yardstick: string;
  /** Through which all goes. */
  readonly broker?: BrokerKind;
}

export const suites: Readonly<Record<Suite, SuiteSetup>> = {
  tcp: { baseline: 'nest-tcp', yardstick: 'raw-tcp' },
  rabbitmq: { baseline: 'nest-rabbitmq', yardstick: 'raw-rabbitmq', broker: 'rabbitmq' },
  kafka: { baseline: 'nest-kafka', yardstick: 'raw-kafka', broker: 'kafka' },
};
