import { encodeFailure, QueueFull } from '@rookery/core';
import type { Limits } from '../connection/limits.js';

/** The failure of a request that is one too many, if it is: for its connection, or for all of them. */
export function tooManyRequests(ofConnection: number, inAll: number, limits: Limits): string | undefined {
  const { maxRequests, maxRequestsInAll } = limits;
  if (ofConnection >= maxRequests)
    return encoded(`${maxRequests} requests of this connection`, 'maxRequests');
  if (inAll >= maxRequestsInAll) return encoded(`${maxRequestsInAll} requests`, 'maxRequestsInAll');
  return undefined;
}

function encoded(many: string, option: string): string {
  const advice = `send fewer at once, add replicas, or raise the service's ${option}`;
  return encodeFailure(new QueueFull(`${many} are under way at the service; not started: ${advice}`), false);
}
