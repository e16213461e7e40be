import { SLOT_COUNT, type Subscription } from '@rookery/core';
import { TIERS } from '../events/delay-tiers.js';
import type { Names } from '../names/names.js';
import { bindingKey, slotWord } from '../names/routing-key.js';
import { binding, exchange, queue, type BindingItem, type Item } from './items.js';

/**
 * More deliveries than any message has: RabbitMQ 4 drops what came back 20 times where no limit is set, and a retry here is
 * counted and ended by the core.
 */
const DELIVERY_LIMIT = 1_000_000;

/** How many events wait for a service that has yet to come. */
const MOST_EARLY = 1_000_000;

/** Milliseconds that the queue of a broadcast endpoint outlives its replica. */
const BROADCAST_EXPIRES = 60_000;

/** All slots. */
export const SLOTS: readonly number[] = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);

const QUORUM = { 'x-queue-type': 'quorum', 'x-delivery-limit': DELIVERY_LIMIT };

/** What every member of a system needs. */
export function exchanges({ events, retries, orphans }: Names): Item[] {
  return [
    exchange(events, 'topic'),
    exchange(orphans, 'fanout'),
    queue(orphans, QUORUM),
    binding(orphans, orphans, ''),
    exchange(retries, 'direct', { 'alternate-exchange': orphans }),
  ];
}

/**
 * A queue of an endpoint's events, with what comes back to it from the delay tiers.
 *
 * @param slot the word of the slot whose events it gets; all events when left out
 */
export function endpointQueue(
  names: Names,
  name: string,
  { service, patterns }: Subscription,
  maxEvents: number,
  slot?: string,
): Item[] {
  return [
    queue(name, { ...QUORUM, ...refusing(maxEvents) }),
    binding(names.retries, name, name),
    ...subscriptions(names, name, service, patterns, slot),
  ];
}

/** The queues of an ordered endpoint's events with a key, one for each slot. */
export function slotQueues(names: Names, subscription: Subscription, maxEvents: number): Item[] {
  const { service, endpoint } = subscription;
  return SLOTS.flatMap((slot) =>
    endpointQueue(names, names.slot(service, endpoint, slot), subscription, maxEvents, slotWord(slot)),
  );
}

/** What brings the events of some patterns to a queue. */
export function subscriptions(
  names: Names,
  name: string,
  service: string,
  patterns: readonly string[],
  slot?: string,
): BindingItem[] {
  return patterns.flatMap((pattern) =>
    [undefined, service].map((to) => binding(names.events, name, bindingKey(pattern, to, slot))),
  );
}

/** The queue of one replica's broadcast endpoint: it survives a lost connection, and not for long its replica. */
export function broadcastQueue(
  names: Names,
  name: string,
  { service, patterns }: Subscription,
  maxEvents: number,
): Item[] {
  return [
    queue(name, { 'x-expires': BROADCAST_EXPIRES, ...refusing(maxEvents) }),
    ...subscriptions(names, name, service, patterns),
  ];
}

/** The queue of what was sent to a service before it was there. Whoever sends may declare it, and has to do it as the service does. */
export function earlyEvents(name: string): Item[] {
  return [queue(name, { ...QUORUM, ...refusing(MOST_EARLY) })];
}

/** What comes back to it from the delay tiers, which only the service needs that reads it. */
export function heldEarlyEvents({ retries }: Names, name: string): Item[] {
  return [...earlyEvents(name), binding(retries, name, name)];
}

/**
 * A delay tier: what is published to its exchange, under the name of the queue that it is to come back to, comes back there
 * after `ms`. All wait equally long, so none waits behind another; and none is lost when it is moved.
 */
export function delayTier(names: Names, ms: number): Item[] {
  const name = names.delay(ms);
  const held = {
    'x-message-ttl': ms,
    'x-dead-letter-exchange': names.retries,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
  return [exchange(name, 'fanout'), queue(name, { ...QUORUM, ...held }), binding(name, name, '')];
}

/** All of them: those that an event passes depend on how long it waits. */
export function allTiers(names: Names): Item[] {
  return TIERS.flatMap((ms) => delayTier(names, ms));
}

/** A full queue refuses, and with it whoever publishes. */
function refusing(maxEvents: number): Record<string, string | number> {
  return { 'x-max-length': maxEvents, 'x-overflow': 'reject-publish' };
}

/** What only replicas need that are there: which of them has which slot. Any number of deliveries is one too few. */
export function batonQueue(name: string): Item[] {
  return [queue(name, { ...QUORUM, 'x-delivery-limit': 1_000_000_000 })];
}
