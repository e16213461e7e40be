import { BulkheadFull } from '../../errors/conditions.js';
import { resolve } from '../layers.js';
import { assertLimits } from '../limits.js';
import type { StepMaker } from '../maker.js';

const DEFAULTS = { limit: 10_000 };

/** Bounds the calls under way to one service; see {@link BulkheadOptions}. */
export const bulkhead: StepMaker = {
  name: 'bulkhead',
  keys: ['bulkhead'],
  make({ service, layers }) {
    const resolved = resolve(DEFAULTS, layers, (policies) => policies.bulkhead);
    if (!resolved) return undefined;
    assertLimits('bulkhead', `the calls of '${service}'`, resolved.values, { limit: [1] });
    const { limit } = resolved.values;
    let inFlight = 0;
    return {
      name: 'bulkhead',
      describe: () => ({ ...resolved.described, inFlight: { value: inFlight, from: 'default' } }),
      begin(call) {
        if (inFlight >= limit) {
          throw new BulkheadFull(
            `${limit} calls to '${service}' are under way; ${call.pattern} was never sent. Wait for some, or raise bulkhead.limit`,
          );
        }
        inFlight++;
      },
      ended() {
        inFlight--;
      },
    };
  },
};
