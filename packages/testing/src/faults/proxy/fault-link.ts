import { connect, type Socket } from 'node:net';
import type { Clock } from '@rookery/core';
import type { Place } from '../place.js';
import type { Direction } from './direction.js';
import type { Faults } from './faults.js';
import { Pipe } from './pipe.js';

/** One connection through the proxy: a socket on each side of it. */
export class FaultLink {
  readonly #sockets: readonly [near: Socket, far: Socket];
  readonly #pipes: readonly [up: Pipe, down: Pipe];
  #open = 2;

  constructor(
    near: Socket,
    target: Place,
    faults: Faults,
    clock: Clock,
    passed: (direction: Direction, bytes: number) => void,
    closed: (link: FaultLink) => void,
  ) {
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true });
    near.setNoDelay(true);
    this.#sockets = [near, far];
    const pipe = (source: Socket, sink: Socket, direction: Direction) =>
      new Pipe(source, sink, direction, faults, clock, (bytes) => passed(direction, bytes));
    const [up, down] = (this.#pipes = [pipe(near, far, 'up'), pipe(far, near, 'down')]);
    for (const [socket, from] of [
      [near, up],
      [far, down],
    ] as const) {
      socket.on('error', () => undefined); // 'close' comes after it
      socket.on('close', (failed) => {
        if (--this.#open === 0) closed(this);
        else if (failed && !from.swallows) this.cut();
      });
    }
  }

  refresh(): void {
    for (const pipe of this.#pipes) pipe.refresh();
  }

  /** Both sides keep their sockets, and hear nothing any more. */
  swallow(): void {
    for (const pipe of this.#pipes) pipe.swallow();
  }

  /** Ends both sides by a reset. */
  cut(): void {
    for (const socket of this.#sockets) {
      // A socket that is still connecting has nobody to reset.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
}
