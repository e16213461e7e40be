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
  type Envelope,
  type ServerOptions,
} from '@rookery/core';
import { tcp } from '@rookery/tcp';
import { onTestFinished } from 'vitest';

/** A replica of `users` that sends mail, and its dead letters. */
export interface MailService {
  readonly url: string;
  readonly deadLetters: MemoryDeadLetters;
  readonly sent: unknown[];
  /** What the mailer throws, while it does. */
  broken: Error | undefined;
  readonly server: Server;
  /** How to ask for it. */
  readonly at: readonly string[];
}

/** Starts it; it is closed when the test ends. */
export async function mailService(
  { secret, ...options }: Partial<ServerOptions> & { secret?: string } = {},
  replica = 'users-1',
): Promise<MailService> {
  const deadLetters = new MemoryDeadLetters();
  const common = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const factory = tcp({
    listen: { host: '127.0.0.1', port: 0 },
    ...(secret === undefined ? {} : { secret }),
  });
  const transport = factory.create({ service: 'users', replica, ...common });
  const codec = jsonCodec({ strict: true });
  const retries = { attempts: 1, firstDelay: 1, factor: 1, maxDelay: 1 };
  const server = new Server({
    service: 'users',
    transport,
    codec,
    ...common,
    deadLetters,
    replica,
    retries,
    ...options,
  });
  const service: { broken: Error | undefined; sent: unknown[] } = { broken: undefined, sent: [] };
  server.on(['user.created', 'user.*'], { endpoint: 'mail' }, (data) => {
    if (service.broken) throw service.broken;
    service.sent.push(data);
  });
  await server.start();
  onTestFinished(() => server.close());
  const url = transport.describe().addresses[0] ?? '';
  return Object.assign(service, { url, deadLetters, server, at: ['--service', 'users', '--url', url] });
}

/** A letter of the message `id`, which failed at that time. */
export function letterOf(
  id: string,
  at: number,
  cause = 'TypeError: no mail',
  envelope: Partial<Envelope> = {},
): DeadLetter {
  const failure = {
    at,
    cause,
    replica: 'users-1',
    stack: `${cause}\n    at send (mail.js:1:2)\n    at run (x.js:3:4)`,
  };
  return {
    id: deadLetterId(id, 'mail'),
    message: {
      envelope: createEnvelope({ id, pattern: 'user.created', ...envelope }),
      body: '{"name":"Ada"}',
    },
    service: 'users',
    endpoint: 'mail',
    attempts: 5,
    replays: 0,
    firstFailure: failure,
    lastFailure: failure,
  };
}
