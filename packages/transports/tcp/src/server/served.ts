import type { RequestHandler } from '@rookery/core';
import type { Intake } from '../events/intake.js';
import type { Welcome } from '../frames/handshake.js';
import type { StockEvents } from '../nest-wire/stock-events.js';

/** Who this process is to those who connect, and what it does for them. */
export interface Served {
  /** What the WELCOME says, its version aside. */
  readonly introduction: Omit<Welcome, 'version'>;
  /** Takes the requests; `undefined` when there are none to take. */
  readonly handler: RequestHandler | undefined;
  /** The endpoints that take events, in the order of the WELCOME's subscriptions. */
  readonly intakes: readonly Intake[];
  /** Takes the events of stock clients. */
  readonly stockEvents: StockEvents;
}
