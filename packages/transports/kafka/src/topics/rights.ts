import { PermissionDenied } from '@rookery/core';
import type { Cluster } from '../connection/cluster.js';

/** Kafka's numbers of what can be done with a topic. */
const OPERATIONS = { Read: 3, Write: 4 } as const;

export type TopicRight = keyof typeof OPERATIONS;

/**
 * Finds out whether this side may do what it has to with topics that are there, so that it does not learn that only when
 * something is to be done.
 *
 * @throws PermissionDenied that names all rights that are missing
 */
export async function assertRights(
  cluster: Cluster,
  wanted: ReadonlyMap<string, readonly TopicRight[]>,
): Promise<void> {
  const rights = await cluster.topicRights([...wanted.keys()]);
  const missing = [...wanted].flatMap(([topic, operations]) => {
    const bits = rights.get(topic);
    if (bits === undefined) return []; // it is not there yet
    return operations
      .filter((operation) => (bits & (1 << OPERATIONS[operation])) === 0)
      .map((operation) => cluster.lacks(operation, `the topic ${topic}`));
  });
  if (missing.length > 0) throw new PermissionDenied(missing.join('; '));
}
