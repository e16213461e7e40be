import { DeadlineExceeded } from '../../errors/conditions.js';
import type { PolicyValues } from '../../policies/describe.js';
import type { AdmittedRun } from '../admitted-run.js';
import type { ServerStep } from '../server-step.js';

/** Does not start what is known to be expired. */
export class DeadlineStep implements ServerStep {
  readonly name = 'deadline';

  enter({ context }: AdmittedRun): boolean {
    if ((context.envelope.timeout ?? 1) > 0) return true;
    throw new DeadlineExceeded('the deadline passed before the work began; not started', {
      recourse: 'retryable',
    });
  }

  describe(): PolicyValues {
    return {};
  }
}
