import {
  messageOfPacket,
  type Clock,
  type IncomingPacket,
  type Logger,
  type Peer,
  type Random,
  type RookeryError,
} from '@rookery/core';
import type { ServiceEvents } from '../events/service-events.js';
import { LOG_INTERVAL } from '../server/full-house.js';

/**
 * The events that came from stock clients, which neither wait for an answer nor send one again: this process keeps them,
 * within the bound of its own events, and delivers them until they are handled. What does not fit is dropped, and
 * counted in the log: to stop reading would hold up the requests behind it, and hide that their caller has gone.
 */
export class StockEvents {
  readonly #own: () => ServiceEvents | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #idPrefix: string;
  #count = 0;
  /** Since the log last said so. */
  #dropped = 0;
  #quietUntil = -Infinity;

  /** @param own the events of this service; `undefined` while it takes none */
  constructor(own: () => ServiceEvents | undefined, clock: Clock, random: Random, logger: Logger) {
    this.#own = own;
    this.#clock = clock;
    this.#logger = logger;
    this.#idPrefix = `${random.token(12)}-`;
  }

  take(packet: IncomingPacket, identity: Peer | undefined, peer: string): void {
    const { pattern } = packet;
    if (pattern === undefined) {
      this.#drop('without a pattern', peer, 'nobody could handle it');
      return;
    }
    const own = this.#own();
    const refusal = own ? own.refusal(pattern) : 'this service takes no events now';
    if (refusal) {
      this.#drop(pattern, peer, refusal);
      return;
    }
    const id = this.#idPrefix + (this.#count++).toString(36);
    own?.add(
      messageOfPacket({ ...packet, pattern }, { id, time: this.#clock.epoch(), source: identity?.service }),
      0,
      true,
    );
  }

  /** Says how many were dropped since it was last said. */
  tell(): void {
    if (this.#dropped > 0)
      this.#logger.error(`${this.#dropped} more events from stock clients were dropped, and are lost`);
    this.#dropped = 0;
  }

  #drop(pattern: string, peer: string, why: RookeryError | string): void {
    const now = this.#clock.now();
    if (now < this.#quietUntil) {
      this.#dropped++;
      return;
    }
    this.#quietUntil = now + LOG_INTERVAL;
    this.tell();
    const reason = typeof why === 'string' ? why : why.message;
    this.#logger.error(
      `the event ${pattern} from ${peer} is dropped: ${reason}; more are counted, not named`,
    );
  }
}
