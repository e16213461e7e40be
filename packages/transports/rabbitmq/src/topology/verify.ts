import { ConfigurationError, type Logger } from '@rookery/core';
import type { Channel, ChannelModel } from 'amqplib';
import { declare } from './declare.js';
import type { Item } from './items.js';

/**
 * Declares nothing, and finds out whether all is there as it would have been declared, but for bindings, which AMQP does not
 * show. What is there is declared once more for that, because the broker says then what differs; where this side has no right to, what
 * it is stays unknown, and that is logged.
 *
 * @throws ConfigurationError that names each difference
 */
export async function verify(model: ChannelModel, items: readonly Item[], logger: Logger): Promise<void> {
  const probe = new Probe(model);
  const differences: string[] = [];
  const unknown: string[] = [];
  for (const item of items) {
    if (item.kind === 'binding') continue;
    if (await probe.refusal([404], (channel) => exists(channel, item))) {
      differences.push(`${item.kind} '${item.name}' is not there`);
      continue;
    }
    const refused = await probe.refusal([403, 406], (channel) => declare(channel, item));
    if (refused?.code === 406)
      differences.push(`${item.kind} '${item.name}': ${differenceIn(refused.message)}`);
    else if (refused) unknown.push(item.name);
  }
  await probe.close();
  if (unknown.length > 0) {
    const which = unknown.join(', ');
    logger.warn(
      `RabbitMQ lets this user not see how ${which} are declared, only that they are there: that needs the right to configure them`,
    );
  }
  if (differences.length === 0) return;
  throw new ConfigurationError(
    `what is at the broker is not what is needed, and topology is 'verify': ${differences.join('; ')}. ` +
      "Make it so, or let it be made with topology: 'create'",
  );
}

async function exists(channel: Channel, { kind, name }: Item): Promise<void> {
  if (kind === 'exchange') await channel.checkExchange(name);
  else await channel.checkQueue(name);
}

/** In RabbitMQ's words: `inequivalent arg 'x-max-length' for queue …: received '20' but current is '10'`. */
function differenceIn(message: string): string {
  const [, property, wanted = '', present = ''] =
    /inequivalent arg '([^']+)' .*?: received (.+?) but current is (.+?)"?$/s.exec(message) ?? [];
  return property === undefined ? message : `${property} is ${plain(present)} and has to be ${plain(wanted)}`;
}

function plain(value: string): string {
  const [, text] = /'(.*)'(?: of type|$)/.exec(value) ?? [];
  return text ?? value;
}

/** What the broker refuses. */
interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** Tries things on channels, each of which ends with the first that is refused. */
class Probe {
  readonly #model: ChannelModel;
  #channel: Channel | undefined;

  constructor(model: ChannelModel) {
    this.#model = model;
  }

  /** @throws what is neither success nor one of the refusals */
  async refusal(
    codes: readonly number[],
    attempt: (channel: Channel) => Promise<void>,
  ): Promise<Refusal | undefined> {
    const channel = (this.#channel ??= await this.#open());
    try {
      await attempt(channel);
      return undefined;
    } catch (cause) {
      this.#channel = undefined;
      const { code } = cause as { code?: number };
      if (code === undefined || !codes.includes(code)) throw cause;
      return { code, message: (cause as Error).message };
    }
  }

  async close(): Promise<void> {
    await this.#channel?.close();
  }

  async #open(): Promise<Channel> {
    const channel = await this.#model.createChannel();
    channel.on('error', () => undefined); // what was tried on it rejects with it
    return channel;
  }
}
