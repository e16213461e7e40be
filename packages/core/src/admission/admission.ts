import type { PolicyDescription } from '../policies/describe.js';
import type { AdmittedRun } from './admitted-run.js';
import type { ServerStep } from './server-step.js';

/** Takes runs through the steps, in their order. */
export class Admission {
  readonly #steps: readonly ServerStep[];

  constructor(steps: readonly ServerStep[]) {
    this.#steps = steps;
  }

  /** Takes `run` on from where it is. Whether it has passed all steps, and its handler is to be started. */
  enter(run: AdmittedRun): boolean {
    const steps = this.#steps;
    for (let index = run.passed; index < steps.length; index++) {
      if (!(steps[index] as ServerStep).enter(run)) return false;
      run.passed = index + 1;
    }
    return true;
  }

  released(run: AdmittedRun): void {
    for (let index = run.passed - 1; index >= 0; index--) this.#steps[index]?.released?.(run);
  }

  ended(run: AdmittedRun): void {
    for (let index = run.passed - 1; index >= 0; index--) this.#steps[index]?.ended?.(run);
  }

  describe(): readonly PolicyDescription[] {
    return this.#steps.map((step) => ({ name: step.name, values: step.describe() }));
  }

  /** What the steps have in hand. */
  get now(): Readonly<Record<string, number>> {
    return Object.assign({}, ...this.#steps.map((step) => step.now)) as Record<string, number>;
  }
}
