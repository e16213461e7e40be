import type { Place } from '../contender.js';
import type { Loop } from '../load/closed-loop.js';
import type { Payload } from '../load/payload.js';

/** What the parent asks of a server process, and what it answers. */
export interface ServerCommands {
  /** Starts the contender's server; answers with its port. */
  start: { ask: { contender: string; place: Place }; answer: number };
  /** User and system time of the process so far, in microseconds. */
  cpu: { ask: Record<string, never>; answer: number };
  /** How many events it has handled. */
  handled: { ask: Record<string, never>; answer: number };
}

/** What the parent asks of a client process, and what it answers. */
export interface ClientCommands {
  connect: { ask: { contender: string; port: number; place: Place }; answer: null };
  load: { ask: Loop & { payload: Payload }; answer: LoadAnswer };
}

interface LoadAnswer {
  readonly calls: number;
  readonly seconds: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
}

export type Commands<C> = { [Name in keyof C]: { ask: object; answer: unknown } };

/** Each ask has one answer, in order: the parent waits for it before it asks again. */
export interface Ask {
  readonly command: string;
  readonly ask: object;
}

export type Answer = { readonly answer: unknown } | { readonly error: string };
