import type { Done } from './mixture.js';
import type { Direction, StreamAnswer } from './one-stream.js';
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
  /** One stream of so many numbers, down to a slow reader or up to a slow handler. */
  stream: { ask: { direction: Direction; items: number }; answer: StreamAnswer };
  load: { ask: { seconds: number }; answer: Done };
  sample: { ask: Nothing; answer: Sample };
}
