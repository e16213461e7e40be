import type { Body, UploadDemand, UploadItems } from '@rookery/core';
import type { Owner } from './owner.js';

/** Both ends of an upload, as they pass a process's hold on the medium: who has the items, and who takes them. */
export class UploadUnderWay implements UploadDemand, UploadItems {
  readonly #process: Owner;
  readonly #what: string;
  readonly #demand: UploadDemand;
  readonly #items: () => UploadItems | undefined;
  readonly #within: (run: () => void) => void;

  /**
   * @param what the request, for people
   * @param items who takes them; known once the request has begun
   * @param within runs what belongs to the process
   */
  constructor(
    process: Owner,
    what: string,
    demand: UploadDemand,
    items: () => UploadItems | undefined,
    within: (run: () => void) => void,
  ) {
    this.#process = process;
    this.#what = what;
    this.#demand = demand;
    this.#items = items;
    this.#within = within;
  }

  credit(count: number, bytes: number): void {
    this.#pass(() => this.#demand.credit(count, bytes));
  }

  stop(): void {
    this.#pass(() => this.#demand.stop());
  }

  write(body: Body): void {
    const process = this.#process;
    if (!process.alive) return;
    const { crash } = process.stage.chaos.fate(process, 'upload', this.#what);
    if (crash === 'before') process.kill();
    else this.#pass(() => this.#items()?.write(body));
    if (crash === 'after') process.kill();
  }

  end(): void {
    this.#pass(() => this.#items()?.end());
  }

  fail(failure: string): void {
    this.#pass(() => this.#items()?.fail(failure));
  }

  #pass(run: () => void): void {
    if (this.#process.alive) this.#within(run);
  }
}
