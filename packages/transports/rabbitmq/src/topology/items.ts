import type { TopologyItem, TopologyValue } from '@rookery/core';

/** An exchange, as it is declared. */
export interface ExchangeItem extends TopologyItem {
  readonly kind: 'exchange';
  readonly properties: {
    readonly type: 'topic' | 'direct' | 'fanout';
    readonly durable: true;
    readonly arguments: Arguments;
  };
}

/** A queue, as it is declared. */
export interface QueueItem extends TopologyItem {
  readonly kind: 'queue';
  readonly properties: { readonly durable: true; readonly arguments: Arguments };
}

/** What brings messages from an exchange to a queue. */
export interface BindingItem extends TopologyItem {
  readonly kind: 'binding';
  readonly properties: { readonly source: string; readonly queue: string; readonly routingKey: string };
}

/** What there is at the broker. */
export type Item = ExchangeItem | QueueItem | BindingItem;

type Arguments = Readonly<Record<string, TopologyValue>>;

export function exchange(
  name: string,
  type: ExchangeItem['properties']['type'],
  args: Arguments = {},
): ExchangeItem {
  return { kind: 'exchange', name, properties: { type, durable: true, arguments: args } };
}

export function queue(name: string, args: Arguments): QueueItem {
  return { kind: 'queue', name, properties: { durable: true, arguments: args } };
}

export function binding(source: string, to: string, routingKey: string): BindingItem {
  const name = `${source} -> ${to} (${routingKey})`;
  return { kind: 'binding', name, properties: { source, queue: to, routingKey } };
}
