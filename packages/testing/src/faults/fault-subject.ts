import type { TransportFactory } from '@rookery/core';
import type { Place } from './place.js';

/** What a caller is told. */
export interface CallerArguments {
  readonly service: string;
  readonly places: readonly Place[];
  /** Milliseconds without a sign of life after which a peer is asked for one. */
  readonly heartbeat: number;
}

/** A transport that is to come through every fault: what its package hands over. */
export interface FaultSubject {
  /** For people: `tcp`. */
  readonly name: string;
  /** A program that calls `runReplica`. */
  readonly replica: URL;
  /** A transport that calls the replicas of one service at these places. */
  readonly caller: (args: CallerArguments) => TransportFactory;
  /**
   * Which bytes of what a caller sends for a request, counted from the first, no receiver can take when their highest bit
   * is flipped.
   */
  readonly fragile: readonly number[];
  /** How a caller begins, without an end: who sends this and no more never becomes one. */
  readonly halfGreeting: Uint8Array;
  /** A whole greeting, and the beginning of a message; neither of these two is less than ten bytes long. */
  readonly halfMessage: Uint8Array;
  /**
   * What this transport cannot do yet: the name of the scenario and why. Each entry is a debt, not a difference.
   */
  readonly gaps?: Readonly<Record<string, string>>;
}
