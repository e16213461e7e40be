import type { Done } from './mixture.js';
import type { Sample } from './sample.js';

type Nothing = Record<string, never>;

export interface SoakServerCommands {
  /** Answers with the port. */
  start: { ask: Nothing; answer: number };
  /** How many events have been handled so far. */
  handled: { ask: Nothing; answer: number };
  sample: { ask: Nothing; answer: Sample };
}

/** After `close` nothing of Rookery may be left. */
export interface SoakClientCommands {
  close: { ask: Nothing; answer: null };
  connect: { ask: { port: number }; answer: null };
  load: { ask: { seconds: number }; answer: Done };
  sample: { ask: Nothing; answer: Sample };
}
