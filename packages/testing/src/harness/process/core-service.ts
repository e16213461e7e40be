import {
  Client,
  jsonCodec,
  MemoryDeadLetters,
  Server,
  type ClientOptions,
  type Clock,
  type Random,
  type ServerOptions,
} from '@rookery/core';
import type { ServicePlan } from '../system.js';
import type { Running } from './service.js';

/** What a service is made of. */
export interface ServiceParts {
  /** Declare the handlers on it; it is started afterwards. */
  readonly server: Server;
  /** Calls other services and publishes, as this one. */
  readonly client: Client;
  /** The time that the harness moves on. */
  readonly clock: Clock;
  readonly random: Random;
}

/** Declares a service's handlers; again for each process of it. */
export type DeclareService = (parts: ServiceParts) => unknown;

/** A service, and what is special about it. */
export interface CoreServiceOptions {
  readonly declare: DeclareService;
  /** How many processes it has. Default 1. */
  readonly replicas?: number;
  readonly server?: Partial<Omit<ServerOptions, 'service' | 'transport' | 'clock' | 'random'>>;
  readonly client?: Partial<Omit<ClientOptions, 'from' | 'transport' | 'clock' | 'random' | 'deadlines'>>;
}

export type CoreService = DeclareService | CoreServiceOptions;

export function planOf(service: CoreService): ServicePlan {
  const options = typeof service === 'function' ? { declare: service } : service;
  let count = 0;
  return {
    replicas: options.replicas ?? 1,
    async start({ service: name, runtime }): Promise<Running> {
      const { clock, random, deadlines, logger } = runtime;
      const replica = `${name}-${++count}`;
      const transport = runtime.transport.create({ ...{ service: name, replica, clock, random, logger } });
      const codec = jsonCodec({ strict: true });
      const deadLetters = new MemoryDeadLetters();
      const both = { transport, clock, random, codec };
      const server = new Server({ service: name, logger, deadLetters, ...both, ...options.server });
      const client = new Client({ from: name, deadlines, ...both, ...options.client });
      await options.declare({ server, client, clock, random });
      await server.start();
      return {
        async stop() {
          client.close();
          await server.close();
        },
      };
    },
  };
}
