import { ConfigurationError } from '../errors/conditions.js';

/**
 * What a transport does about the queues, topics and the like that it needs at its broker: makes what is missing, declares
 * nothing and fails with a ConfigurationError that names each difference, or takes all for granted.
 */
export type Topology = 'create' | 'verify' | 'none';

/** One thing that a transport needs at its broker. */
export interface TopologyItem {
  /** In the words of the medium: `queue`, `exchange`, `binding`, `topic`, `group`. */
  readonly kind: string;
  /** Unique among those of its kind. */
  readonly name: string;
  /** As the medium calls them. */
  readonly properties: Readonly<Record<string, TopologyValue>>;
}

/** Plain data. */
export type TopologyValue = string | number | boolean | { readonly [name: string]: TopologyValue };

/**
 * @param where what it was written in, for the message
 * @throws ConfigurationError
 */
export function parseTopology(text: string | undefined, where: string): Topology | undefined {
  if (text === undefined || text === 'create' || text === 'verify' || text === 'none') return text;
  throw new ConfigurationError(`${where} is "${text}"; it has to be create, verify or none`);
}
