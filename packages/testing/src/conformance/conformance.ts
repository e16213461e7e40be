import { conformanceCases } from './cases.js';
import { skipReason } from './conformance-case.js';
import { runCase } from './run-case.js';
import type { Subject } from './subject.js';

/** What the suite needs of a test runner; vitest, Jest and node:test have it. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly test: (name: string, body: (...context: unknown[]) => Promise<void>, timeout?: number) => unknown;
}

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
        else if (canSkip(context)) context.skip(reason);
      };
      test(name, body, RUNNER_TIMEOUT);
    }
  });
}

/** The contexts of vitest and node:test can; Jest has none, and the name says it. */
function canSkip(context: unknown): context is { skip(reason: string): void } {
  return (
    typeof context === 'object' && context !== null && 'skip' in context && typeof context.skip === 'function'
  );
}
