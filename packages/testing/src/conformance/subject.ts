import type { Capabilities, Transport, TransportFactory } from '@rookery/core';

/** A transport that is to keep the promises: what its package hands over to the suite. */
export interface Subject {
  /** For people: `memory`, `rabbitmq 4`. */
  readonly name: string;
  /** Those of the transports that its media make. */
  readonly capabilities: Capabilities;
  /** The bound of the queue of events for one endpoint, set low enough to be filled in a moment. */
  readonly maxQueue: number;
  /**
   * What this medium cannot keep: the name of the case and why. The closed list of gaps; each entry needs evidence from
   * the raw client.
   */
  readonly gaps?: Readonly<Record<string, string>>;
  /** Milliseconds that something may take to happen before a case fails. Default 5,000. */
  readonly patience?: number;
  /** Fresh surroundings for one case; nothing that happens in them may be seen in others. */
  readonly create: () => Medium | Promise<Medium>;
  /** Ends a replica's transport as a crash would, without a word to the others. Default: its `close`. */
  readonly kill?: (transport: Transport) => Promise<void>;
  /**
   * Sends bytes that no transport would send to where this replica takes its own; resolves when they are sent and the
   * replica has had its say. Left out by a medium without bytes.
   */
  readonly sendBytes?: (transport: Transport, bytes: Uint8Array) => Promise<void>;
}

/** Makes the transports of one case. */
export interface Medium {
  /**
   * The transport of one replica: it will serve `service`, and can reach every service for which this was called before.
   * Called again with the same names, it makes the one that takes the place of the first, at the same address.
   */
  replica(service: string, replica: string): TransportFactory;
  /** A transport that only calls. It can reach every service for which `replica` was called before. */
  client(): TransportFactory;
  /** Called when all transports are closed. */
  close?(): Promise<void>;
}
