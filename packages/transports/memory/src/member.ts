import type { Clock, Frame } from '@rookery/core';
import type { Turns } from './turns.js';

/** One transport on a bus. */
export interface Member {
  /** Where frames for it go; unique on the bus. */
  readonly address: string;
  /** The host's name for its process, by which callers address it; a process may have several transports. */
  readonly replica: string;
  /** Whoever shares a bus must share a clock: times that one takes are compared with another's. */
  readonly clock: Clock;
  /** Whatever it is given, it is given in a turn of its own. */
  readonly turns: Turns;
  receive(frame: Frame): void;
}
