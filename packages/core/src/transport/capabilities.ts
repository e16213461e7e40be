/**
 * What a medium can do, as data: the conformance suite reads it to know which promises to test, the guarantee table is
 * made from it.
 */
export interface Capabilities {
  /** The largest body in bytes; a larger one is refused with PayloadTooLarge before it is sent. */
  readonly maxBody: number;
  /** Where an accepted event is: in the medium (survives the sender) or in the sender's memory (does not). */
  readonly acceptance: 'stored' | 'memory';
  /** Whether the sender addresses services itself (`services` says where they are) instead of a broker doing so. */
  readonly direct: boolean;
  /** Whether endpoints with wildcards in their patterns can be subscribed. */
  readonly wildcards: boolean;
  /** Whether an event can be held back by the medium (`Publication.delay`). */
  readonly delay: boolean;
  /** Whether it keeps a service's dead letters, for all of its replicas and over their end. */
  readonly deadLetters: boolean;
  /** Whether requests can have uploads: streams of items from the caller. */
  readonly uploads: boolean;
}
