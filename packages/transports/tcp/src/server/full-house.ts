import type { Socket } from 'node:net';
import type { Clock, Logger, Timer } from '@rookery/core';
import type { ConnectionScope } from '../connection/connection.js';
import type { Limits } from '../connection/limits.js';
import { FrameType } from '../frames/frame-type.js';
import { GoodbyeReason } from '../frames/goodbye.js';
import { MAGIC } from '../frames/protocol.js';

/** Milliseconds from one line in the log to the next. */
export const LOG_INTERVAL = 10_000;

/** As many get to read why they are refused, at a time; more are cut off. */
const MAX_LINGERING = 100;

/** Why a listener takes no more connections, if it does not. */
export function fullHouse(connections: number, strangers: number, limits: Limits): string | undefined {
  if (connections >= limits.maxConnections) return `it has ${connections} connections (maxConnections)`;
  if (strangers >= limits.maxUnauthenticated) {
    return `${strangers} connections have not completed their handshake (maxUnauthenticated)`;
  }
  return undefined;
}

/** Sends away whom a listener does not take, with one line in the log for all of an interval. */
export class Refusals {
  readonly #url: () => string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #closeTimeout: number;
  readonly #sockets: Set<Socket>;
  #lingering = 0;
  #count = 0;
  #last = '';
  #timer: Timer | undefined;

  /**
   * @param url where it listens
   * @param scope its `closeTimeout` is what someone gets to read why
   */
  constructor(url: () => string, { clock, logger, settings, sockets }: ConnectionScope) {
    this.#url = url;
    this.#clock = clock;
    this.#logger = logger;
    this.#closeTimeout = settings.closeTimeout;
    this.#sockets = sockets;
  }

  refuse(socket: Socket, why: string): void {
    this.#say(why);
    if (this.#lingering >= MAX_LINGERING) {
      socket.destroy();
      return;
    }
    this.#lingering++;
    this.#sockets.add(socket);
    const timer = this.#clock.after(this.#closeTimeout, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#lingering--;
      this.#sockets.delete(socket);
      timer.cancel();
    });
    socket.resume(); // what it says is not read, but closing with that unread would cut off the goodbye
    socket.end(goodbye(`the service takes no more connections now: ${why}`));
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #say(why: string): void {
    this.#last = why;
    if (this.#timer) {
      this.#count++;
      return;
    }
    this.#logger.warn(`${this.#url()}: a connection was refused: ${why}`);
    this.#timer = this.#clock.after(LOG_INTERVAL, this.#sum);
  }

  readonly #sum = (): void => {
    this.#timer = undefined;
    if (this.#count === 0) return;
    const seconds = LOG_INTERVAL / 1000;
    this.#logger.warn(
      `${this.#url()}: ${this.#count} more connections were refused within ${seconds} s: ${this.#last}`,
    );
    this.#count = 0;
    this.#timer = this.#clock.after(LOG_INTERVAL, this.#sum);
  };
}

/** All that such a connection gets. */
function goodbye(text: string): Buffer {
  const head = Buffer.alloc(6);
  const length = Buffer.byteLength(text);
  head.writeUInt32BE(2 + length);
  head[4] = FrameType.goodbye;
  head[5] = GoodbyeReason.full;
  return Buffer.concat([MAGIC, head, Buffer.from(text)]);
}
