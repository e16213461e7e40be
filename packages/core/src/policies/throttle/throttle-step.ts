import { Overloaded } from '../../errors/conditions.js';
import { passedOn } from '../../errors/origin.js';
import { isRookeryError } from '../../errors/rookery-error.js';
import { resolve } from '../layers.js';
import { assertLimits } from '../limits.js';
import type { StepMaker } from '../maker.js';
import { SlidingWindow } from '../sliding-window.js';

const DEFAULTS = { headroom: 2, window: 10_000 };

const ASKED = 0;
const REFUSED = 1;
const HELD_BACK = 2;

/** Holds back from a service that is overloaded; see {@link ThrottleOptions}. */
export const throttle: StepMaker = {
  name: 'throttle',
  keys: ['throttle'],
  make({ service, layers, clock, random }) {
    const resolved = resolve<typeof DEFAULTS>(DEFAULTS, layers, (policies) => policies.throttle);
    if (!resolved) return undefined;
    assertLimits('throttle', `the calls of '${service}'`, resolved.values, { headroom: [1], window: [1] });
    const { headroom, window } = resolved.values;
    const recent = new SlidingWindow(window, 3);
    /** Until when there may be a refusal in the window: without one a call costs a comparison. */
    let until = -Infinity;
    return {
      name: 'throttle',
      describe: () => resolved.described,
      begin(call) {
        const { now } = call;
        if (now < until) {
          const asked = recent.total(ASKED, now);
          const requests = asked + recent.total(HELD_BACK, now);
          // A refusal may be in the window when what it refused no longer is.
          const taken = Math.max(0, asked - recent.total(REFUSED, now));
          if (random.next() < (requests - headroom * taken) / (requests + 1)) {
            recent.add(HELD_BACK, now);
            throw new Overloaded(
              `'${service}' is overloaded: it has refused ${recent.total(REFUSED, now)} calls of late; ${call.pattern} was held back and never sent`,
            );
          }
        }
        recent.add(ASKED, now);
      },
      failed(_, error) {
        if (isRookeryError(error) && error.code === 'OVERLOADED' && !passedOn(error, service)) {
          const now = clock.now();
          recent.add(REFUSED, now);
          until = now + window;
        }
        return undefined;
      },
    };
  },
};
