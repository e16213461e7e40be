import { resolve } from '../layers.js';
import type { StepMaker } from '../maker.js';
import { couldNotAnswer } from './helps.js';
import { LastGood } from './last-good.js';
import type { FallbackOptions } from './options.js';

type Settings = FallbackOptions & {
  within: number;
  lastGood: number;
  maxKept: number;
  when: (error: unknown) => boolean;
};

const DEFAULTS: Settings = {
  value: undefined,
  compute: undefined,
  within: 1_000,
  lastGood: 0,
  maxKept: 1_000,
  when: couldNotAnswer,
};

/** Answers in the place of a service that cannot; see {@link FallbackOptions}. */
export const fallback: StepMaker = {
  name: 'fallback',
  keys: ['fallback'],
  make({ layers, clock, codec }) {
    const resolved = resolve<Settings>(DEFAULTS, layers, (policies) => policies.fallback);
    if (!resolved || layers.every(({ policies }) => !policies.fallback)) return undefined;
    const { value, compute, within, lastGood, maxKept, when } = resolved.values;
    const kept = lastGood > 0 ? new LastGood(lastGood, maxKept) : undefined;
    return {
      name: 'fallback',
      describe: () => resolved.described,
      ...(kept && {
        succeeded: (call, answer) => {
          if (call.single) kept.keep(call, codec.encode(answer), clock.now());
        },
      }),
      failed(call, error) {
        if (call.options.fallback === false || !when(error)) return undefined;
        const last = kept?.find(call, clock.now());
        if (last) return { answer: codec.decode(last.body), within };
        if (compute) return { answer: attempt(() => compute(error, call)), within };
        return value === undefined ? undefined : { answer: value, within };
      },
    };
  },
};

/** What `work` gives; what it throws, as a promise that rejects. */
function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what was thrown
    return Promise.reject(error);
  }
}
