import { runInContext } from '../../context/ambient.js';
import { CircuitOpen } from '../../errors/conditions.js';
import { passedOn } from '../../errors/origin.js';
import { isRookeryError } from '../../errors/rookery-error.js';
import { resolve } from '../layers.js';
import { assertLimits, type Limits } from '../limits.js';
import type { StepMaker } from '../maker.js';
import { Breaker, type BreakerState } from './breaker.js';
import { saysBroken } from './failure.js';

const DEFAULTS = {
  threshold: 0.5,
  minimum: 20,
  window: 10_000,
  openFor: 1_000,
  maxOpenFor: 5_000,
  probes: 1,
  counts: saysBroken,
};

const LIMITS: Limits<typeof DEFAULTS> = {
  threshold: [0, 1],
  minimum: [0],
  window: [1],
  openFor: [1],
  maxOpenFor: [1],
  probes: [1],
};

/** Refuses calls to a service that does not answer; see {@link BreakerOptions}. */
export const breaker: StepMaker = {
  name: 'breaker',
  keys: ['breaker'],
  make({ service, layers, clock, logger, announce }) {
    const resolved = resolve<typeof DEFAULTS>(DEFAULTS, layers, (policies) => policies.breaker);
    if (!resolved) return undefined;
    const { values, described } = resolved;
    assertLimits('breaker', `the calls of '${service}'`, values, LIMITS);
    const tell = (state: BreakerState, previous: BreakerState, cause: unknown): void => {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      if (state === 'open')
        logger.warn(`calls to '${service}' are refused for now, too many have failed${why}`);
      if (state === 'closed') logger.info(`'${service}' answers again; calls go to it`);
      announce({ type: 'breaker', service, state, previous, cause });
    };
    // It is of the service, not of the message whose call happened to be the last.
    const circuit = new Breaker(values, (...change) => runInContext(undefined, () => tell(...change)));
    return {
      name: 'breaker',
      describe: () => ({ ...described, state: { value: circuit.state, from: 'default' } }),
      begin(call) {
        const wait = circuit.enter(call.now);
        if (wait > 0) {
          throw new CircuitOpen(
            `the circuit to '${service}' is ${circuit.state}: too many calls have failed; ${call.pattern} was never sent`,
            { retryAfter: Math.ceil(wait) },
          );
        }
        call.generation = circuit.generation;
      },
      succeeded(call) {
        circuit.succeeded(call.generation, clock.now());
      },
      failed(call, error) {
        let broken = true; // also when `counts` throws
        try {
          broken = values.counts(error) && !passedOn(error, service);
        } finally {
          if (broken) circuit.failed(call.generation, clock.now(), error);
          else if (call.gone || wasCancelled(error)) circuit.forget(call.generation);
          else circuit.succeeded(call.generation, clock.now());
        }
        return undefined;
      },
    };
  },
};

function wasCancelled(error: unknown): boolean {
  return isRookeryError(error) && error.code === 'CANCELLED';
}
