import type { Socket } from 'node:net';
import type { RookeryError } from '@rookery/core';
import type { EventReplica } from '../events/service-events.js';
import type { ClientCall } from './client-call.js';
import type { CallOutcomes } from './replicas/call-outcomes.js';

/** The caller's end of one connection, on whichever wire: calls and events go out on it. */
export interface ServiceConnection extends EventReplica {
  /** For messages to people: who is at the other end. */
  readonly peer: string;
  /** Which replica is at the other end, unique among those of its service; `undefined` until it was welcomed. */
  readonly replica: string | undefined;
  readonly socket: Socket;
  /** How many calls have no end yet. */
  readonly inFlight: number;
  /** Whether it takes a further call now. */
  readonly roomy: boolean;
  /** Who is told from now on how calls end. */
  set outcomes(outcomes: CallOutcomes);
  /** Sends a request, once the connection was welcomed. One that the peer would not take ends with the reason. */
  send(call: ClientCall, timeout: number | undefined): void;
  /** Ends every call with `error`, and tells the peer. */
  abandon(error: RookeryError): void;
  /** Ends when the calls and deliveries that are under way have; nobody gives it new ones. */
  retire(): void;
  /** Sends what was written, then closes. */
  end(): void;
  destroy(cause: RookeryError): void;
}

/** What a connection tells the link that made it. */
export interface ServiceConnectionOwner {
  /** Who this process is. */
  readonly service: string | undefined;
  readonly replica: string;
  /** The service that is called. */
  readonly target: string;
  /** Calls and events may go out. */
  welcomed(connection: ServiceConnection): void;
  /** The peer takes nothing new; what is under way goes on. It goes down, or stays and was only `idle`. */
  draining(connection: ServiceConnection, idle: boolean): void;
  /** It takes new calls again, after it took none for a while. */
  roomy(connection: ServiceConnection): void;
  /** A call that was to leave on a connection which is gone before it did. */
  returned(call: ClientCall): void;
  /** Called once, at the end. */
  closed(connection: ServiceConnection, error: RookeryError): void;
}
