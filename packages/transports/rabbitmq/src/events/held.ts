import type { Clock } from '@rookery/core';
import type { Table } from '../message/application-headers.js';
import { numberIn } from '../message/context-headers.js';

/** Milliseconds that an event has to wait still when it comes out of a tier. */
export const WAIT = 'rookery-wait';

/** How often an endpoint has been given the event before it was put into a tier. */
export const TRIES = 'rookery-tries';

/** When an event that is published with a delay is due, in milliseconds since the epoch by its publisher's clock. */
const DUE = 'rookery-due';

/** That delay in milliseconds. */
const DELAY = 'rookery-delay';

/** RabbitMQ's count of how often a quorum queue has given the message and got it back. */
const RETURNS = 'x-delivery-count';

/** What RabbitMQ writes itself, anew in each queue. */
const STAMPS = [
  'x-death',
  'x-first-death-exchange',
  'x-first-death-queue',
  'x-first-death-reason',
  'x-delivery-count',
];

/** The headers without what RabbitMQ has written: it drops a message that says it was in the same tier already. */
export function unstamped(headers: Table | undefined): Table {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !STAMPS.includes(name)));
}

export function writeDelay(headers: Table, delay: number, clock: Clock): void {
  headers[DUE] = clock.epoch() + delay;
  headers[DELAY] = delay;
}

/** Milliseconds that an event has to wait before it may be handled. */
export function waitOf(headers: Table, clock: Clock): number {
  const wait = numberIn(headers, WAIT);
  if (wait !== undefined) return wait;
  const due = numberIn(headers, DUE);
  if (due === undefined) return 0;
  // However the two clocks differ, it waits no longer than it was to wait.
  return Math.min(numberIn(headers, DELAY) ?? 0, Math.max(0, due - clock.epoch()));
}

/** Which try the delivery is, from 1. */
export function attemptOf(headers: Table): number {
  return triesOf(headers) + returnsOf(headers) + 1;
}

/** How many tries it had when it was last put into a tier. */
export function triesOf(headers: Table): number {
  return numberIn(headers, TRIES) ?? 0;
}

/** How often it has come back to its queue since. */
export function returnsOf(headers: Table): number {
  return numberIn(headers, RETURNS) ?? 0;
}
