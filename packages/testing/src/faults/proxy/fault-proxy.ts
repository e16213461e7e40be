import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '@rookery/core';
import { LOOPBACK, type Place } from '../place.js';
import type { Direction, Sides } from './direction.js';
import { FaultLink } from './fault-link.js';
import { Faults, type Slowness } from './faults.js';

/** The bit that {@link FaultProxy.corrupt} flips unless told otherwise. */
const HIGHEST_BIT = 0x80;

/**
 * A bad network between those who connect and one target: TCP in, TCP out, on loopback. It passes bytes in their order
 * until told to do worse.
 *
 *     const proxy = await FaultProxy.listen({ host: '127.0.0.1', port: 3001 });
 *     proxy.hold('up'); ... proxy.heal(); ... await proxy.close();
 */
export class FaultProxy {
  readonly #server: Server;
  readonly #target: Place;
  readonly #clock: Clock;
  readonly #faults = new Faults();
  readonly #links = new Set<FaultLink>();
  readonly #bytes: Record<Direction, number> = { up: 0, down: 0 };
  /** Those who knocked while nobody was let in; `undefined` while everybody is. */
  #knocking: Set<Socket> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(server: Server, target: Place, clock: Clock) {
    this.#server = server;
    this.#target = target;
    this.#clock = clock;
    server.on('connection', (socket: Socket) => this.#admit(socket));
  }

  /** @param port where it listens; 0 is a free one */
  static async listen(target: Place, clock: Clock = systemClock, port = 0): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const proxy = new FaultProxy(server, target, clock);
    server.listen({ host: LOOPBACK, port });
    await once(server, 'listening');
    return proxy;
  }

  /** Where to connect instead of to the target. */
  get place(): Place {
    return { host: LOOPBACK, port: (this.#server.address() as AddressInfo).port };
  }

  /** How many connections go through it. */
  get links(): number {
    return this.#links.size;
  }

  /** How many bytes have been passed on. */
  bytes(direction: Direction): number {
    return this.#bytes[direction];
  }

  /** Resets every connection, on both sides. New ones are let through. */
  cut(): void {
    for (const link of [...this.#links]) link.cut();
  }

  /** Keeps back the bytes of these directions, on the connections that are and that will be, until {@link heal}. */
  hold(sides: Sides = 'both'): void {
    this.#faults.hold(sides);
    this.#refresh();
  }

  /**
   * Makes each connection half-open: both sides keep their sockets, and nothing that one does, not even its end, is known
   * to the other. New connections are let through.
   */
  swallow(): void {
    for (const link of this.#links) link.swallow();
  }

  /** Slows these directions down until {@link heal}. */
  slow(slowness: Slowness, sides: Sides = 'both'): void {
    this.#faults.slow(sides, slowness);
  }

  /**
   * Flips bits of one byte of what passes next in this direction, whatever the connection.
   *
   * @param after bytes that pass unharmed before it
   * @returns resolves when it has passed
   */
  corrupt(direction: Direction, after = 0, mask = HIGHEST_BIT): Promise<void> {
    return this.#faults.corrupt(direction, after, mask);
  }

  /** Takes connections, as the system's backlog does, and leads them nowhere until {@link heal}. */
  stallAccepts(): void {
    this.#knocking ??= new Set();
  }

  /** Ends every fault that lasts; what was kept back comes. Connections that are half-open stay so. */
  heal(): void {
    this.#faults.heal();
    const knocking = this.#knocking ?? [];
    this.#knocking = undefined;
    for (const socket of knocking) this.#lead(socket);
    this.#refresh();
  }

  /** Resolves when it does not listen and no socket is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#knocking ?? []) socket.resetAndDestroy();
    this.cut();
    await once(this.#server, 'close');
  }

  #admit(socket: Socket): void {
    if (this.#closing) {
      socket.resetAndDestroy();
      return;
    }
    if (!this.#knocking) {
      this.#lead(socket);
      return;
    }
    this.#knocking.add(socket);
    socket.on('error', () => undefined);
  }

  #lead(socket: Socket): void {
    const passed = (direction: Direction, bytes: number) => void (this.#bytes[direction] += bytes);
    const closed = (link: FaultLink) => void this.#links.delete(link);
    this.#links.add(new FaultLink(socket, this.#target, this.#faults, this.#clock, passed, closed));
  }

  #refresh(): void {
    for (const link of this.#links) link.refresh();
  }
}
