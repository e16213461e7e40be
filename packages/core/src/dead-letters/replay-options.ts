/** How letters are replayed. */
export interface ReplayOptions {
  /** How many begin in a second. Default 100; `Infinity` for no limit. */
  readonly rate?: number | undefined;
  /** How many are under way at once; one that failed and waits for its next try is. Default 16. */
  readonly concurrency?: number | undefined;
  /** Who has it done, for the log. */
  readonly by?: string | undefined;
}

export const DEFAULT_REPLAY_RATE = 100;
export const DEFAULT_REPLAY_CONCURRENCY = 16;

/** What became of one letter. */
export interface ReplayOutcome {
  readonly id: string;
  /**
   * - `handled`: its handler has accepted it, and the letter is gone;
   * - `failed`: its tries have failed again, and it lies where it was, with the new failure;
   * - `left`: it was not tried to the end, and lies where it was, or is gone already: `why` says which.
   */
  readonly outcome: 'handled' | 'failed' | 'left';
  readonly why?: string | undefined;
}
