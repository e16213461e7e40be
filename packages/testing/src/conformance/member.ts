import {
  Client,
  Deadlines,
  jsonCodec,
  Server,
  systemClock,
  type ClientOptions,
  type DeadLetterStore,
  type ServerOptions,
  type Transport,
  type TransportFactory,
  type TransportHost,
} from '@rookery/core';
import { ObservedClock } from '../clock/observed-clock.js';

/** What a case may set for a caller. */
export type CallerOptions = Pick<ClientOptions, 'to' | 'timeout' | 'idleTimeout' | 'acceptStack'>;

/** What a case may set for a replica. */
export type ReplicaOptions = Pick<
  ServerOptions,
  | 'control'
  | 'retries'
  | 'killSwitch'
  | 'concurrency'
  | 'streamBuffer'
  | 'streamIdleTimeout'
  | 'exposeStack'
  | 'drainTimeout'
> & {
  /** Its name among the replicas of its service. Default: a new one. */
  readonly name?: string;
  /** Whom its own client talks to. */
  readonly to?: string;
};

/** Tries come fast, so that a case need not wait for the last of them. */
const RETRIES = { attempts: 3, firstDelay: 4, factor: 2, maxDelay: 20 };

const codec = jsonCodec({ strict: true });

/** One who takes part in a case: a transport, and a client over it. */
export class Member {
  /** Its own, so that one can see what it leaves running. */
  readonly clock = new ObservedClock(systemClock);
  readonly deadlines = new Deadlines(this.clock);
  readonly transport: Transport;
  readonly client: Client;
  protected readonly host: TransportHost;

  constructor(factory: TransportFactory, host: Omit<TransportHost, 'clock'>, options: CallerOptions) {
    const { clock, deadlines } = this;
    this.host = { ...host, clock };
    this.transport = factory.create(this.host);
    const { transport } = this;
    const { random, service: from } = host;
    this.client = new Client({ transport, clock, deadlines, random, codec, from, ...options });
  }

  async close(): Promise<void> {
    this.client.close();
    await this.transport.close();
  }

  /** What is still arranged for later. */
  leftovers(): string[] {
    const left: string[] = [];
    if (this.client.pending > 0) left.push(`${this.client.pending} calls`);
    if (this.deadlines.size > 0) left.push(`${this.deadlines.size} deadlines`);
    if (this.clock.timers > 0) left.push(`${this.clock.timers} timers`);
    return left;
  }
}

/** One replica of a service. */
export class Replica extends Member {
  readonly service: string;
  readonly name: string;
  readonly server: Server;

  constructor(
    factory: TransportFactory,
    host: Omit<TransportHost, 'clock'> & { service: string },
    { name: _, to, ...options }: ReplicaOptions,
    callers: CallerOptions,
  ) {
    super(factory, host, { ...callers, to });
    const { clock, transport } = this;
    const { service, random, logger } = host;
    this.service = service;
    this.name = host.replica;
    this.server = new Server({
      ...{ service, transport, clock, random, codec, logger },
      ...{ retries: RETRIES, drainTimeout: 1_000, ...options },
    });
  }

  get deadLetters(): DeadLetterStore {
    return this.server.deadLetters.store;
  }

  override async close(): Promise<void> {
    await this.server.close();
    await super.close();
  }
}
