import {
  Client,
  Deadlines,
  jsonCodec,
  Server,
  systemClock,
  systemRandom,
  type Clock,
  type Logger,
} from '@rookery/core';
import { rabbitmq, type RabbitmqOptions } from '@rookery/rabbitmq';

const codec = jsonCodec({ strict: true });

/** Reconnecting fast, because it is waited for. */
const FAST = { reconnect: { first: 20, longest: 200 }, connectTimeout: 2_000, heartbeat: 2_000 };

/** One process of a system on a broker: a transport with a client and, with a service, a server over it. */
export function party(
  url: string,
  service?: string,
  options: Partial<RabbitmqOptions> = {},
  clock: Clock = systemClock,
) {
  const log: string[] = [];
  const say = (level: string) => (text: string) => void log.push(`${level}: ${text}`);
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const host = { service, replica: systemRandom.token(12), clock, random: systemRandom, logger };
  const transport = rabbitmq({ url, ...FAST, ...options }).create(host);
  const { random } = host;
  const deadlines = new Deadlines(clock);
  const client = new Client({ transport, clock, deadlines, random, codec, from: service });
  const server = new Server({
    ...{ service: service ?? 'nobody', transport, clock, random, codec, logger },
    ...{ drainTimeout: 1_000 },
  });
  const close = async (): Promise<void> => {
    client.close();
    await server.close();
    await transport.close();
  };
  return { transport, client, server, log, close, deadLetters: server.deadLetters.store };
}
