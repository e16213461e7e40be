import { runInContext } from '../../context/ambient.js';
import { resolve } from '../layers.js';
import { assertLimits, type Limits } from '../limits.js';
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

/** However it is set, whoever waits for a fallback waits no longer than a day. */
const LIMITS: Limits<Settings> = { within: [0, 86_400_000], lastGood: [0], maxKept: [1] };

/** Answers in the place of a service that cannot; see {@link FallbackOptions}. */
export const fallback: StepMaker = {
  name: 'fallback',
  keys: ['fallback'],
  make({ service, layers, clock, codec }) {
    const resolved = resolve<Settings>(DEFAULTS, layers, (policies) => policies.fallback);
    if (!resolved || layers.every(({ policies }) => !policies.fallback)) return undefined;
    assertLimits('fallback', `the calls of '${service}'`, resolved.values, LIMITS);
    const { value, compute, within, lastGood, maxKept, when } = resolved.values;
    // Each caller gets a copy of its own.
    const set = value === undefined ? undefined : { body: codec.encode(value) };
    const kept = lastGood > 0 ? new LastGood(lastGood, maxKept) : undefined;
    return {
      name: 'fallback',
      describe: () => resolved.described,
      ...(kept && {
        succeeded: (call, answer) => {
          if (!call.single) return;
          try {
            kept.keep(call, codec.encode(answer), clock.now());
          } catch {
            // an application's policy has made of it what cannot be encoded, and so not be kept
          }
        },
      }),
      failed(call, error) {
        if (call.options.fallback === false || !when(error)) return undefined;
        const last = kept?.find(call, clock.now());
        if (last) return { answer: codec.decode(last.body), within };
        if (compute) {
          const { context } = call;
          return { answer: attempt(() => runInContext(context, () => compute(error, call))), within };
        }
        return set ? { answer: codec.decode(set.body), within } : undefined;
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
