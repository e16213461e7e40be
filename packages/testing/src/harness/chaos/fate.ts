/** What is made of one step of a process. */
export interface Fate {
  /** Milliseconds that it takes. */
  readonly delay: number;
  /** Milliseconds after which it happens again; `undefined` when it does not. */
  readonly repeat: number | undefined;
  /** Whether the process is lost, and whether the step is still done. */
  readonly crash: 'before' | 'after' | undefined;
}

/** All goes well. */
export const WELL: Fate = { delay: 0, repeat: undefined, crash: undefined };
