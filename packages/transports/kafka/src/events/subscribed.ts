import type { Subscriber, Subscription } from '@rookery/core';

/** An endpoint's wish for events and who gets them. */
export interface Subscribed {
  readonly subscription: Subscription;
  readonly subscriber: Subscriber;
}
