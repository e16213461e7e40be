import {
  createEnvelope,
  deadLetterId,
  jsonCodec,
  MemoryDeadLetters,
  Server,
  silentLogger,
  systemClock,
  systemRandom,
  type DeadLetter,
  type Handler,
  type ServerOptions,
  type TransportFactory,
} from '@rookery/core';
import { tcp } from '@rookery/tcp';
import { onTestFinished } from 'vitest';
import { connect, type ConnectOptions, type ServiceControl } from '../src/index.js';

export const HOST = '127.0.0.1';

type TcpOptions = NonNullable<Parameters<typeof tcp>[0]>;

export interface OperatedOptions extends Partial<ServerOptions> {
  /** What the `mail` endpoint does. Default: nothing. */
  readonly mail?: Handler;
  readonly tcp?: TcpOptions;
}

/** A replica of `users`, with an endpoint `mail` for `user.created`. */
export interface Operated {
  readonly url: string;
  readonly deadLetters: MemoryDeadLetters;
  readonly server: Server;
  readonly log: string[];
}

const common = { clock: systemClock, random: systemRandom, codec: jsonCodec({ strict: true }) };

/** Starts a replica that is closed when the test ends. */
export async function operated(
  replica: string,
  { mail = () => undefined, tcp: options, ...server }: OperatedOptions = {},
  transport: TransportFactory = tcp({ listen: { host: HOST, port: 0 }, ...options }),
): Promise<Operated> {
  const deadLetters = new MemoryDeadLetters();
  const log: string[] = [];
  const say = (text: string): void => void log.push(text);
  const logger = { ...silentLogger, info: say, warn: say };
  const made = transport.create({ service: 'users', replica, ...common, logger });
  const one = new Server({
    service: 'users',
    transport: made,
    ...common,
    logger,
    deadLetters,
    replica,
    ...server,
  });
  one.on(['user.created'], { endpoint: 'mail' }, mail);
  await one.start();
  onTestFinished(() => one.close());
  return { url: made.describe().addresses[0] ?? '', deadLetters, server: one, log };
}

/** Operates `users` at these replicas until the test ends. */
export async function operating(
  replicas: readonly Operated[],
  options: Partial<ConnectOptions> = {},
  caller: TcpOptions = {},
): Promise<ServiceControl> {
  const transport = tcp({ services: { users: replicas.map(({ url }) => url) }, ...caller });
  const control = await connect({ service: 'users', transport, ...options });
  onTestFinished(() => control.close());
  return control;
}

/** A letter of the message `id`, which failed at that time. */
export function letterOf(id: string, at: number, cause = 'Error: no', body = '{"name":"Ada"}'): DeadLetter {
  const failure = { at, cause };
  return {
    id: deadLetterId(id, 'mail'),
    message: { envelope: createEnvelope({ id, pattern: 'user.created' }), body },
    service: 'users',
    endpoint: 'mail',
    attempts: 5,
    replays: 0,
    firstFailure: failure,
    lastFailure: failure,
  };
}
