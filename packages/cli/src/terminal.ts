/** Where a command reads and writes: the process's own streams, or a test. */
export interface Terminal {
  /** Writes to the standard output; resolves when more may be written. */
  out(text: string): Promise<void>;
  /** Writes a line for people, beside the output. */
  err(line: string): void;
  /** How many columns there are, where a person reads. */
  readonly columns: number | undefined;
  /** Asks a person, who answers yes or not; `undefined` where there is none to ask. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  /** All of the standard input. */
  input(): Promise<string>;
  /** Aborts when a person presses Ctrl-C. */
  readonly interrupted: AbortSignal;
}
