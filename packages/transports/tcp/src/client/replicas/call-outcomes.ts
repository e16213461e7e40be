import type { ClientCall } from '../client-call.js';

/** Who wants to know what became of the calls on a connection. */
export interface CallOutcomes {
  /** An answer came, or a part of one: a value, or an error of the handler. */
  answered(): void;
  /** The answer was that the service is unavailable. */
  unavailable(call: ClientCall): void;
  /** Its deadline passed without an answer. */
  expired(call: ClientCall): void;
  /** The connection was lost under calls. */
  lost(): void;
}

/** Nobody wants to know. */
export const IGNORED: CallOutcomes = { answered() {}, unavailable() {}, expired() {}, lost() {} };
