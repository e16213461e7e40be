import type { Cluster } from '../connection/cluster.js';
import type { Names } from './names.js';
import { assertRights, type TopicRight } from './rights.js';
import type { Topics } from './topics.js';

/**
 * Finds out whether this side may use topics, and has some of them made.
 *
 * @param used all that are read, or written by this transport itself
 * @param wanted those of them that have to be there now
 * @throws PermissionDenied that names all rights that are missing; as {@link Topics.ensure}
 */
export async function prepare(
  cluster: Cluster,
  topics: Topics,
  used: readonly string[],
  wanted: readonly string[],
): Promise<void> {
  const { names } = cluster.surroundings.settings;
  const rights = new Map(used.map((topic) => [topic, rightsOf(topic, names)]));
  await assertRights(cluster, rights);
  if (wanted.every((topic) => topics.has(topic))) return;
  await topics.ensure(wanted);
  await assertRights(cluster, rights); // to those that have just been made
}

function rightsOf(topic: string, names: Names): TopicRight[] {
  const writes = topic === names.replies || names.isRetries(topic) || names.isDeadLetters(topic);
  return writes ? ['Read', 'Write'] : ['Read'];
}
