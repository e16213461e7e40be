import { systemClock } from '@rookery/core';
import { pause } from '../../waiting/eventually.js';
import { Program, type ProgramOptions } from '../process/program.js';

/** Milliseconds after which one that died is started again, as an orchestrator would. */
const RESTART = 1_000;
/** Milliseconds that one has to end: a caller waits for what it has asked. */
const GRACE = 60_000;

/** A program that is started again when it ends though nobody has asked it to; how often that was is told to `died`. */
export class KeptProgram {
  readonly #ended: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #leave: () => void;
  #asked = false;
  #program: Program | undefined;

  /**
   * @param options of each start
   * @param started called with each process
   * @param asked called when it is asked to end
   */
  constructor(
    options: () => ProgramOptions,
    started: (program: Program) => void,
    died: (how: string) => void,
    asked: () => void,
  ) {
    this.#leave = asked;
    this.#ended = this.#keep(options, started, died);
  }

  /** Resolves when it was ready once. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Ends it as a crash does; it stays ended. */
  async kill(): Promise<void> {
    this.#ask();
    await this.#program?.kill();
    await this.#ended;
  }

  /** Asks it to end, by SIGTERM; it stays ended. Resolves when it has; who does not is killed. */
  async terminate(): Promise<void> {
    this.#ask();
    const timer = systemClock.after(GRACE, () => void this.#program?.kill());
    await this.#program?.terminate();
    await this.#ended;
    timer.cancel();
  }

  #ask(): void {
    if (!this.#asked) this.#leave();
    this.#asked = true;
  }

  async #keep(
    options: () => ProgramOptions,
    started: (program: Program) => void,
    died: (how: string) => void,
  ): Promise<void> {
    while (!this.#asked) {
      const program = (this.#program = Program.launch(options()));
      started(program);
      const failure = await program.ready().catch((error: unknown) => String(error));
      if (failure === undefined) this.#ready.resolve();
      const how = await program.ended;
      if (this.#asked) return;
      died(`${how}: ${failure ?? program.lines.slice(-20).join(' | ')}`);
      await pause(RESTART);
    }
  }
}
