import type { Place } from '../place.js';
import type { FlowPatterns } from './orders.js';

/** A service and a caller over a broker, whatever they are built on, to which the scenarios happen. */
export interface BrokeredSubject {
  /** For people: `rabbitmq`, `stock Nest, durable`. */
  readonly name: string;
  /** A program as `runService` makes one. */
  readonly service: URL;
  /** A program as `runFlowCaller` makes one. */
  readonly caller: URL;
  /** Handed to both programs as they are. */
  readonly options?: Readonly<Record<string, string>>;
  /** Makes at the broker what the programs do not make themselves. */
  readonly prepare?: (url: string, service: string, patterns: FlowPatterns) => Promise<void>;
  /** What it cannot do yet: the name of the scenario and why. Each entry is a debt, not a difference. */
  readonly gaps?: Readonly<Record<string, string>>;
}

/** A broker to which faults are done: a process of the test's own. */
export interface FaultyBroker {
  readonly url: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Makes it refuse what is published, and take it again. Only brokers that have such an alarm. */
  readonly alarm?: (on: boolean) => Promise<void>;
  /** Resolves when it has written down what it writes down late, so that a kill does not undo what a scenario began with. */
  readonly settled?: () => Promise<void>;
  /** How it is reached through a proxy, on everything that it names to its clients as well. */
  readonly proxied: {
    readonly target: Place;
    /** Where the proxy has to listen; any free port when left out. */
    readonly port?: number;
    url(proxy: Place): string;
  };
}
