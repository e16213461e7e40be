import assert from 'node:assert/strict';
import { skip, type TestRunner } from '../../conformance/test-runner.js';
import { shortBrokeredPace } from './pace.js';
import { brokenPromises, runBrokered } from './run.js';
import { brokeredScenarios } from './scenarios.js';
import type { BrokeredSubject, FaultyBroker } from './subject.js';

/** Milliseconds after which the runner may lose its patience with one scenario: a broker may start twice in it. */
const RUNNER_TIMEOUT = 180_000;

/**
 * Registers every scenario for this subject with a test runner, short. A gap is skipped with its reason.
 *
 * @param broker gives the broker when a scenario begins, or says why there is none
 */
export function brokeredFaults(
  subject: BrokeredSubject,
  broker: () => FaultyBroker | string,
  { describe, test }: TestRunner,
): void {
  describe(`${subject.name} loses nothing`, () => {
    for (const scenario of brokeredScenarios) {
      const reason = subject.gaps?.[scenario.name];
      const body = async (...[context]: unknown[]): Promise<void> => {
        const one = broker();
        if (typeof one === 'string') return skip(context, one);
        if (reason !== undefined) return skip(context, reason);
        if (scenario.alarm && !one.alarm) return skip(context, `${subject.name} has no alarm`);
        const result = await runBrokered(scenario, subject, one, shortBrokeredPace);
        assert.deepEqual(brokenPromises(result), [], result.words);
      };
      test(scenario.name + (reason === undefined ? '' : `: not yet: ${reason}`), body, RUNNER_TIMEOUT);
    }
  });
}
