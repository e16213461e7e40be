import { isRookeryError } from '../../errors/rookery-error.js';
import { resolve } from '../layers.js';
import { assertLimits, type Limits } from '../limits.js';
import type { StepMaker } from '../maker.js';
import { RetryBudget } from './budget.js';
import { DEFAULT_RETRY } from './options.js';
import { mayTryAgain } from './safe.js';

const LIMITS: Limits<typeof DEFAULT_RETRY> = {
  attempts: [1],
  firstDelay: [0],
  factor: [0],
  maxDelay: [0],
  budget: [0],
  minPerSecond: [0],
};

/** Has a failed call tried again where that is safe; see {@link RetryOptions}. */
export const retry: StepMaker = {
  name: 'retry',
  keys: ['retry', 'idempotent'],
  make({ service, layers, clock, random }) {
    const resolved = resolve(DEFAULT_RETRY, layers, (policies) => policies.retry);
    if (!resolved) return undefined;
    assertLimits('retry', `the calls of '${service}'`, resolved.values, LIMITS);
    const declared = resolve({ idempotent: false }, layers, ({ idempotent }) => ({ idempotent }));
    const { attempts, firstDelay, factor, maxDelay, budget: share, minPerSecond } = resolved.values;
    const budget = new RetryBudget(share, minPerSecond);
    const idempotent = declared?.values.idempotent ?? false;
    return {
      name: 'retry',
      describe: () => ({ ...resolved.described, ...declared?.described }),
      begin(call) {
        call.idempotent = call.options.idempotent ?? idempotent;
        budget.called(call.now);
      },
      failed(call, error) {
        if (call.options.retry === false || call.attempt >= attempts || !mayTryAgain(call, error))
          return undefined;
        const pushback = (isRookeryError(error) && error.retryAfter) || 0;
        if (pushback > maxDelay) return undefined;
        const longest = Math.min(maxDelay, firstDelay * factor ** (call.attempt - 1));
        const again = pushback + random.next() * longest;
        if (again >= call.remaining || !budget.take(clock.now())) return undefined;
        return { again };
      },
    };
  },
};
