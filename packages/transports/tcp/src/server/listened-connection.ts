import type { ArrivedBytes } from '../connection/body-bounds.js';
import type { Served } from './served.js';

/** A connection that the listener has accepted, on whichever wire. */
export interface ListenedConnection {
  /** Asks the caller to send nothing new, and to hang up when it has all its answers. */
  drain(): void;
  /** Takes nothing any more and answers what is open with `failure`, or with `cut` what has begun. */
  refuse(failure: string, cut: string): void;
}

/** What a served connection asks of the listener that accepted it. */
export interface ListenedConnectionOwner {
  readonly served: Served;
  /** How many requests are served, over all connections. */
  requests: number;
  /** What has arrived of large bodies, over all connections. */
  readonly arrived: ArrivedBytes;
  /** The handshake is done, where there is one. */
  greeted(connection: ListenedConnection): void;
  /** Called once, at the end. */
  closed(connection: ListenedConnection): void;
  /** The caller sends nothing new that would be served. */
  quiet(connection: ListenedConnection): void;
}
