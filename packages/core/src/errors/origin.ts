import { isRookeryError } from './rookery-error.js';

/**
 * Notes that `error` came out of a call to `service`; where the service has passed it on from a further one, that stays.
 * What is not one of Rookery's own errors is left as it is. Gives `error` back.
 */
export function cameFrom<E>(error: E, service: string): E {
  if (isRookeryError(error) && error.origin === undefined && Object.isExtensible(error))
    Object.defineProperty(error, 'origin', { value: service, configurable: true });
  return error;
}

/**
 * Whether an error that a call to `callee` failed with is that of a service behind it, which the callee's handler has let
 * through: it says nothing of the health of the callee.
 */
export function passedOn(error: unknown, callee: string): boolean {
  return isRookeryError(error) && error.origin !== undefined && error.origin !== callee;
}
