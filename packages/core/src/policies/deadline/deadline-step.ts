import { DEFAULT_TIMEOUT } from '../../client/call-options.js';
import { ConfigurationError, DeadlineExceeded } from '../../errors/conditions.js';
import { resolve } from '../layers.js';
import type { StepMaker } from '../maker.js';

const DEFAULTS = { timeout: DEFAULT_TIMEOUT, idleTimeout: DEFAULT_TIMEOUT };

/**
 * Ends a call when its time is over: its `timeout` for the first answer, all tries together, and never more than is left
 * to the message being handled; its `idleTimeout` for each further item of a stream.
 */
export const deadline: StepMaker = {
  name: 'deadline',
  keys: ['timeout', 'idleTimeout'],
  make({ layers, service }) {
    const resolved = resolve(DEFAULTS, layers, ({ timeout, idleTimeout }) => ({ timeout, idleTimeout }));
    const { values, described } = resolved ?? { values: DEFAULTS, described: {} };
    const { timeout, idleTimeout } = values;
    assertTimeout(timeout, `calls of '${service}'`);
    assertIdleTimeout(idleTimeout, `calls of '${service}'`);
    return {
      name: 'deadline',
      describe: () => described,
      begin(call) {
        const own = call.options.timeout;
        const left = call.context?.message?.remaining ?? Infinity;
        const wanted = own ?? timeout;
        const time = Math.min(wanted, left);
        if (time <= 0) {
          const why = own === time ? `its timeout is ${time}` : "the caller's own deadline has passed";
          const message = `no time is left for ${call.pattern} on '${service}': ${why}; never sent`;
          throw new DeadlineExceeded(message, { recourse: 'retryable' });
        }
        call.expireIn(time, call.options.idleTimeout ?? idleTimeout);
      },
    };
  },
};

/** @throws ConfigurationError for what would let a call hang */
export function assertTimeout(timeout: number, what: string): void {
  if (timeout < Infinity) return;
  throw new ConfigurationError(
    `the timeout of ${what} is ${timeout}; it has to be a number of milliseconds, so that no call hangs`,
  );
}

/** @throws ConfigurationError */
export function assertIdleTimeout(idleTimeout: number, what: string): void {
  if (idleTimeout > 0) return;
  throw new ConfigurationError(`the idleTimeout of ${what} is ${idleTimeout}; it has to be above 0 ms`);
}
