import { skip, type TestRunner } from '../conformance/test-runner.js';
import type { FaultSubject } from './fault-subject.js';
import { shortPace } from './pace.js';
import { runScenario } from './run-scenario.js';
import { faultScenarios } from './scenarios.js';

/** Milliseconds after which the runner may lose its patience with one scenario. */
const RUNNER_TIMEOUT = 60_000;

/**
 * Registers every scenario for this subject with a test runner, short. A gap is skipped with its reason.
 *
 *     faults(subject, { describe: describe.concurrent, test })
 */
export function faults(subject: FaultSubject, { describe, test }: TestRunner): void {
  for (const name of Object.keys(subject.gaps ?? {})) {
    if (!faultScenarios.some((known) => known.name === name))
      throw new Error(`the gaps of ${subject.name} name a scenario that there is not: ${name}`);
  }
  describe(`${subject.name} comes through`, () => {
    for (const scenario of faultScenarios) {
      const reason = subject.gaps?.[scenario.name];
      const suffix = reason === undefined ? scenario.shows : `not yet: ${reason}`;
      const body = async (...[context]: unknown[]): Promise<void> => {
        if (reason === undefined) await runScenario(scenario, subject, shortPace);
        else skip(context, reason);
      };
      test(`${scenario.name}: ${suffix}`, body, RUNNER_TIMEOUT);
    }
  });
}
