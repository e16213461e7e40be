import { Cancelled, ConfigurationError } from '../errors/conditions.js';
import { runInContext } from '../context/ambient.js';
import type { PolicyDescription } from './describe.js';
import type { ClientStep, PolicyCall, Remedy } from './step.js';

/** A promise that an application's policy waits for. */
export interface Turn {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * A step and its place. All are of one shape, with `undefined` for what a step does not have: to look into objects of many
 * shapes costs more than what the steps do.
 */
type ListedStep = { readonly [K in keyof Required<ClientStep>]: ClientStep[K] } & { readonly index: number };

function listed(step: ClientStep, index: number): ListedStep {
  const { name, begin, succeeded, failed, ended, around, describe } = step;
  return { index, name, begin, succeeded, failed, ended, around, describe };
}

/** What the list does with a call. */
export interface ListedCall extends PolicyCall {
  /** How many steps have let the current try begin. */
  depth: number;
  /** How many steps have let a try of it begin. */
  begun: number;
  /** Whether it is over. */
  readonly over: boolean;
  /** The application's policies that wait, by their place in the list. */
  turns: (Turn | undefined)[] | undefined;
  /** A try sets out: reads the clock. */
  begins(): void;
  /** All steps have let the try pass. */
  send(): void;
  /** Gives up the try that is under way, telling the other side. */
  withdraw(): void;
  /** To be tried again from step `from` on, after so many milliseconds. */
  again(delay: number, from: number): void;
  /** Answered, by the service or in its place. */
  answered(value: unknown): void;
  /** Answered by a fallback, which may take its time; what the call failed with if that fails or takes longer. */
  helped(answer: unknown, within: number, error: unknown, from: number): void;
  /** Failed for good. */
  failedFor(error: unknown): void;
}

/**
 * The steps that the calls to one service, or of one pattern of it, pass: out from the first to the last, back from the
 * last to the first. All of it is synchronous but for the application's own policies.
 */
export class PolicyList {
  readonly #steps: readonly ListedStep[];
  /** Those that want to hear of the end. */
  readonly #ending: readonly ListedStep[];
  /** Those that want to hear of a success, or may hold it; the last first. */
  readonly #hearing: readonly ListedStep[];

  constructor(steps: readonly ClientStep[]) {
    this.#steps = steps.map(listed);
    this.#hearing = this.#steps.filter(({ succeeded, around }) => succeeded ?? around).reverse();
    this.#ending = this.#steps.filter(({ ended }) => ended);
  }

  /** Its policies in their order, with each value and where it was set. */
  describe(): PolicyDescription[] {
    return this.#steps.map((step) => ({ name: step.name, values: step.describe() }));
  }

  /** Takes a try through the steps from `from` on, and sends it. */
  enter(call: ListedCall, from: number): void {
    const steps = this.#steps;
    call.begins();
    for (let index = from; index < steps.length; index++) {
      const step = steps[index] as ListedStep;
      if (step.around) {
        this.#reached(call, index + 1);
        this.#goAround(call, step);
        return;
      }
      try {
        step.begin?.(call);
      } catch (error) {
        this.#reached(call, index);
        this.failed(call, error);
        return;
      }
    }
    this.#reached(call, steps.length);
    call.send();
  }

  /** The first value has come. */
  succeeded(call: ListedCall, value: unknown): void {
    for (const step of this.#hearing) {
      const { index } = step;
      if (index >= call.depth) continue;
      step.succeeded?.(call, value);
      const turn = call.turns?.[index];
      if (turn) {
        call.depth = index + 1;
        turn.resolve(value);
        return;
      }
    }
    call.depth = 0;
    call.answered(value);
  }

  /**
   * The try has failed.
   *
   * @param final whether nothing but a fallback helps: the deadline has passed, or the caller has gone
   */
  failed(call: ListedCall, error: unknown, final = false): void {
    for (let index = call.depth - 1; index >= 0; index--) {
      const step = this.#steps[index] as ListedStep;
      const turn = call.turns?.[index];
      if (turn) {
        turn.reject(error);
        if (!final) {
          call.depth = index + 1;
          return;
        }
        if (call.turns) call.turns[index] = undefined;
      }
      let remedy: Remedy | undefined;
      try {
        remedy = step.failed?.(call, error);
      } catch (mistake) {
        error = mistake; // of a function in its options
      }
      if (call.over) return; // such a function has given it up
      if (!remedy || call.gone) continue;
      if ('answer' in remedy) {
        call.depth = index;
        call.helped(remedy.answer, remedy.within, error, index);
        return;
      }
      if (final) continue;
      call.depth = index + 1;
      call.again(remedy.again, index + 1);
      return;
    }
    call.depth = 0;
    call.failedFor(error);
  }

  /** The call is over. */
  ended(call: ListedCall): void {
    for (const step of this.#ending) if (step.index < call.begun) step.ended?.(call);
  }

  #reached(call: ListedCall, depth: number): void {
    call.depth = depth;
    if (depth > call.begun) call.begun = depth;
  }

  #goAround(call: ListedCall, step: ListedStep): void {
    const { around, index } = step;
    if (!around) return;
    let called = false;
    const next = (): Promise<unknown> => {
      if (called) {
        return Promise.reject(
          new ConfigurationError(
            `the policy '${step.name}' called next() twice; to try again is the retry's`,
          ),
        );
      }
      called = true;
      if (call.over || call.depth <= index) {
        return Promise.reject(
          new ConfigurationError(`the policy '${step.name}' called next() when the call was over`),
        );
      }
      const outcome = new Promise((resolve, reject) => {
        (call.turns ??= [])[index] = { resolve, reject };
        this.enter(call, index + 1);
      });
      // What it fails with is the call's to tell; a policy need not wait for it.
      outcome.catch(() => undefined);
      return outcome;
    };
    const settled = (then: () => void): void => {
      if (call.over || call.depth <= index) return; // the deadline was first, or the caller has gone
      this.#leave(call, step);
      call.depth = index;
      then();
    };
    runInContext(call.context, async () => around(call, next)).then(
      (value) => settled(() => this.succeeded(call, value)),
      (error: unknown) =>
        settled(() => {
          call.withdraw(); // the rest of a stream
          this.failed(call, error);
        }),
    );
  }

  /** An application's policy has settled: the steps after it, should they be at work yet, are told that nobody waits. */
  #leave(call: ListedCall, { name, index }: ListedStep): void {
    if (call.depth > index + 1) {
      call.withdraw();
      const unwanted = new Cancelled(`the policy '${name}' did not wait for ${call.pattern}`);
      for (let inner = call.depth - 1; inner > index; inner--) {
        this.#steps[inner]?.failed?.(call, unwanted);
        this.#endTurn(call, inner, unwanted);
      }
      this.#endTurn(call, index, unwanted);
    }
    if (call.turns) call.turns[index] = undefined;
  }

  #endTurn({ turns }: ListedCall, index: number, error: unknown): void {
    turns?.[index]?.reject(error);
    if (turns) turns[index] = undefined;
  }
}
