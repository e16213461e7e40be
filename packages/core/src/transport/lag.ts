/**
 * How much waits in the medium at one of the places from which a service takes messages. It is what all replicas of the service
 * together have before them, whichever of them is asked.
 */
export interface Lag {
  /** The consumer group. */
  readonly service: string;
  readonly of: 'requests' | 'events';
  /** The endpoint that the events are for; left out where one place is for several. */
  readonly endpoint?: string | undefined;
  /** The queue or topic, in the medium's words. */
  readonly destination: string;
  /**
   * How many messages are there and not taken; where the medium counts so, those in hand as well. What waits for its time (a
   * retry, a delay) is not counted.
   */
  readonly waiting: number;
  /** Milliseconds since the oldest of them was sent, or somewhat more; left out where that is not known. */
  readonly oldest?: number | undefined;
}
