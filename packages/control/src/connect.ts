import {
  Client,
  currentRuntime,
  jsonCodec,
  OPERATOR,
  silentLogger,
  type Logger,
  type TransportFactory,
} from '@rookery/core';
import { findReplicas } from './replicas.js';
import { ServiceControl } from './service-control.js';

/** See {@link connect}. */
export interface ConnectOptions {
  /** Which service is to be operated. */
  readonly service: string;
  /** A transport that only calls, and knows where the service is: `tcp({ services: { users: 'tcp://10.0.0.6:3001' } })`. */
  readonly transport: TransportFactory;
  /** As whom: the service's option `control` has to let this name operate it. Default `operator`. */
  readonly as?: string | undefined;
  /** Milliseconds in which the service has to be reached, and each question answered. Default 10,000. */
  readonly timeout?: number | undefined;
  /** What the transport says of connections. Default: nothing. */
  readonly logger?: Logger | undefined;
}

const DEFAULT_TIMEOUT = 10_000;

/**
 * Connects to a service to operate it. Whoever has it, has to close it.
 *
 * @throws Unavailable when it cannot be reached in time, Unauthenticated when it does not believe who asks, PermissionDenied
 *   when it does not let that one operate it, NoHandler when it is of a version that cannot be operated
 */
export async function connect(options: ConnectOptions): Promise<ServiceControl> {
  const { service, as: from = OPERATOR, timeout = DEFAULT_TIMEOUT, logger = silentLogger } = options;
  const { clock, random, deadlines } = currentRuntime();
  const replica = `${from}-${random.token(12)}`;
  const transport = options.transport.create({ service: from, replica, clock, random, logger });
  const codec = jsonCodec({ strict: false });
  const policies = { timeout, breaker: false, throttle: false, bulkhead: false } as const;
  const client = new Client({ transport, clock, random, deadlines, codec, from, to: service, ...policies });
  const close = async (): Promise<void> => {
    client.close();
    await transport.close();
  };
  try {
    await transport.reach({ service }, timeout);
    return new ServiceControl(service, await findReplicas(client, transport, service, clock), close);
  } catch (error) {
    await close();
    throw error;
  }
}
