import type { Subject } from '../chaos/chaos.js';
import type { Stage } from '../process/stage.js';
import type { Work } from '../work/work.js';

/** The process that a transport belongs to, as the transport sees it. */
export interface Owner extends Subject {
  readonly stage: Stage;
  /** Whether it has not been lost. */
  readonly alive: boolean;
  /** Runs `run` in the process, as a part of `work` or of none, and in no message's context. */
  within<R>(work: Work | undefined, run: () => R): R;
  /** Loses the process, as `kill -9` does. */
  kill(): void;
}

/** What a process has open on the medium. */
export interface Held {
  /** The process is gone. */
  drop(): void;
}
