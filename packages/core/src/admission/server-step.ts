import type { PolicyValues } from '../policies/describe.js';
import type { AdmittedRun } from './admitted-run.js';

/**
 * One step of the list that a request passes before its handler. Steps are synchronous.
 *
 *     Transport -> enter, enter, … -> handler -> … -> released, ended
 *
 * What `enter` throws refuses the request: its handler is not started and the caller gets the error.
 */
export interface ServerStep {
  readonly name: string;
  /**
   * Looks at a run. `true` lets it go on. `false` takes it over: the step has refused or answered it, or holds it and
   * will resume, refuse or answer it later, once; while it holds it, the run's `holder` says what its end means.
   */
  enter(run: AdmittedRun): boolean;
  /** A run that the step let go on needs no place any more, though it has not ended. Called at most once, before `ended`. */
  released?(run: AdmittedRun): void;
  /** A run that the step let go on has ended in whatever way and its handler has returned. Called once. Must not throw. */
  ended?(run: AdmittedRun): void;
  /** Its options, for people. */
  describe(): PolicyValues;
  /** What it has in hand at this moment, for people and for metrics. */
  readonly now?: Readonly<Record<string, number>>;
}
