import { conformanceCases } from './cases.js';
import { skipReason } from './conformance-case.js';
import { runCase } from './run-case.js';
import type { Subject } from './subject.js';
import { skip, type TestRunner } from './test-runner.js';

/** Milliseconds after which the runner may lose its own patience: later than the suite does, which says more. */
const RUNNER_TIMEOUT = 120_000;

/**
 * Registers every case for this subject with a test runner. A case that does not apply is skipped with its reason.
 *
 *     conformance(subject, { describe, test })
 */
export function conformance(subject: Subject, { describe, test }: TestRunner): void {
  for (const name of Object.keys(subject.gaps ?? {})) {
    if (!conformanceCases.some((known) => known.name === name))
      throw new Error(`the gaps of ${subject.name} name a case that there is not: ${name}`);
  }
  describe(`${subject.name} keeps the promises`, () => {
    for (const one of conformanceCases) {
      const reason = skipReason(one, subject);
      const name = `${one.promise}: ${one.name}${reason === undefined ? '' : ` (not here: ${reason})`}`;
      // A rest parameter, because Jest takes a named one for its callback.
      const body = async (...[context]: unknown[]): Promise<void> => {
        if (reason === undefined) await runCase(one, subject);
        else skip(context, reason);
      };
      test(name, body, RUNNER_TIMEOUT);
    }
  });
}
