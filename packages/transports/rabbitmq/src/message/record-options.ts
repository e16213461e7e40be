import { RECORD_OPTIONS_HEADER, type Headers, type Logger } from '@rookery/core';
import type { Options } from 'amqplib';

/** Properties that the broker passes on, or reads where its queues do. */
const KEPT: readonly string[] = ['priority', 'appId', 'timestamp'];

/** Said of what is so anyway: events are always stored, requests never. */
const IMPLIED: readonly string[] = ['persistent', 'deliveryMode'];

/** The options of the RmqRecord that a message was sent with; `undefined` without one. */
export function recordOptions(headers: Headers | undefined): Options.Publish | undefined {
  const text = headers?.[RECORD_OPTIONS_HEADER];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Options.Publish;
  } catch {
    return undefined; // somebody else's
  }
}

/** What of such options has a meaning on Rookery's own wire; the others are named in the log, each once. */
export class OwnRecordOptions {
  readonly #logger: Logger;
  readonly #said = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  of(headers: Headers | undefined): Options.Publish | undefined {
    const given = recordOptions(headers);
    if (!given) return undefined;
    const entries = Object.entries(given);
    for (const [name] of entries) if (!KEPT.includes(name) && !IMPLIED.includes(name)) this.#warn(name);
    return Object.fromEntries(entries.filter(([name]) => KEPT.includes(name)));
  }

  #warn(name: string): void {
    if (this.#said.has(name)) return;
    this.#said.add(name);
    this.#logger.warn(
      `${name} of an RmqRecord has no effect on Rookery's own wire, which sets it itself or has no such thing`,
    );
  }
}
