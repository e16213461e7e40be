import { turn } from '@rookery/testing';
import { createEnvelope, type Envelope } from '../../src/envelope/envelope.js';
import type { Handler } from '../../src/server/handler.js';
import type { EventEndpointOptions, ServerOptions } from '../../src/server/options.js';
import type { Settlement } from '../../src/transport/events.js';
import type { Logger } from '../../src/transport/logger.js';
import { handServer } from '../hand-transport.js';

/** The longest waits: `random.next()` of a hand server is 1. */
export const RETRIES = { attempts: 3, firstDelay: 100, factor: 2, maxDelay: 1_000 };

/** A started server with one endpoint, `mail`, and a way to hand it deliveries. */
export async function endpoint(
  handler: Handler,
  options: Partial<ServerOptions> = {},
  own: Partial<EventEndpointOptions> = {},
) {
  const log: string[] = [];
  const say = (level: string) => (text: string) => void log.push(`${level}: ${text}`);
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const hand = handServer({ retries: RETRIES, logger, ...options });
  hand.server.on(['user.*'], { endpoint: 'mail', ...own }, handler);
  await hand.server.start();
  let count = 0;
  const { subscriber } = hand.transport.subscriptions[0]!;
  /** Resolves once what can happen without time passing has, to how the delivery was settled, or will be. */
  const begin = async (attempt = 1, body = '1', envelope: Partial<Envelope> = {}) => {
    const settlements: Settlement[] = [];
    const id = `e${++count}`;
    subscriber({
      message: { envelope: createEnvelope({ id, pattern: 'user.created', ...envelope }), body },
      attempt,
      settle: (settlement) => settlements.push(settlement),
    });
    await turn();
    return settlements;
  };
  const deliver = async (...delivery: Parameters<typeof begin>) => (await begin(...delivery))[0];
  const stateOf = () => hand.server.describe().events[0]!.state;
  return { ...hand, log, begin, deliver, stateOf };
}
