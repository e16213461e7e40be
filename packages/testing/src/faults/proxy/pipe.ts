import type { Socket } from 'node:net';
import type { Clock } from '@rookery/core';
import { pause } from '../../waiting/eventually.js';
import type { Direction } from './direction.js';
import type { Faults, Slowness } from './faults.js';

/** Milliseconds between two portions of a link with a limit of bytes per second. */
const PORTION = 20;

/**
 * One direction of a link. Bytes come out in the order in which they went in; while it is held they stay where they are,
 * in the buffers of the system, as in a network that loses all packets until it is healed.
 */
export class Pipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #direction: Direction;
  readonly #faults: Faults;
  readonly #clock: Clock;
  readonly #passed: (bytes: number) => void;
  #swallows = false;
  /** Whether a chunk is on its way over a slow link. */
  #busy = false;
  #full = false;
  #ended = false;

  constructor(
    source: Socket,
    sink: Socket,
    direction: Direction,
    faults: Faults,
    clock: Clock,
    passed: (bytes: number) => void,
  ) {
    this.#source = source;
    this.#sink = sink;
    this.#direction = direction;
    this.#faults = faults;
    this.#clock = clock;
    this.#passed = passed;
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    source.on('end', () => this.#end());
    sink.on('drain', () => {
      this.#full = false;
      this.refresh();
    });
    this.refresh();
  }

  /** Whether it has become a hole: what its source does concerns nobody any more. */
  get swallows(): boolean {
    return this.#swallows;
  }

  /** Takes everything from now on and passes nothing on. */
  swallow(): void {
    this.#swallows = true;
    this.refresh();
  }

  /** Reads, or does not, as the faults are now. */
  refresh(): void {
    const open = this.#swallows || !(this.#full || this.#busy || this.#faults.holds(this.#direction));
    if (open) this.#source.resume();
    else this.#source.pause();
  }

  #take(chunk: Buffer): void {
    if (this.#swallows) return;
    const slowness = this.#faults.slowness(this.#direction);
    if (slowness) void this.#crawl(chunk, slowness);
    else this.#write(chunk);
  }

  async #crawl(chunk: Buffer, { bytesPerSecond = Infinity, delay = 0 }: Slowness): Promise<void> {
    this.#busy = true;
    this.refresh();
    if (delay > 0) await pause(delay, this.#clock);
    const portion = Math.max(1, Math.floor((bytesPerSecond * PORTION) / 1_000));
    for (let at = 0; at < chunk.length && !this.#sink.destroyed; at += portion) {
      const part = chunk.subarray(at, at + portion);
      if (this.#faults.slowness(this.#direction))
        await pause((part.length * 1_000) / bytesPerSecond, this.#clock);
      if (!this.#swallows) this.#write(part);
    }
    this.#busy = false;
    this.refresh();
    if (this.#ended) this.#end();
  }

  #write(chunk: Buffer): void {
    if (this.#sink.destroyed) return;
    const passed = this.#faults.pass(this.#direction, chunk);
    this.#passed(passed.length);
    if (this.#sink.write(passed)) return;
    this.#full = true;
    this.refresh();
  }

  #end(): void {
    this.#ended = true;
    if (!this.#swallows && !this.#busy) this.#sink.end();
  }
}
