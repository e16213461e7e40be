import type { Cluster } from '../connection/cluster.js';
import type { Lane } from '../connection/lane.js';
import { configsOf } from './configs.js';
import { itemOf, type TopicPlan } from './plan.js';

/**
 * In which ways topics that are there are not what they are to be. Where this client has no right to see how a topic is set up,
 * only what everybody sees is compared, and that is logged.
 */
export async function differencesOf(
  plans: readonly TopicPlan[],
  cluster: Cluster,
  lane: Lane,
): Promise<string[]> {
  const names = plans.map(({ name }) => name);
  const { topics } = await cluster.metadata(names, true);
  const configs = await configsOf(names, lane);
  const unknown = names.filter((name) => !configs.has(name));
  if (unknown.length > 0) {
    cluster.surroundings.logger.warn(
      `kafka: this client may not see how ${unknown.join(', ')} are set up, only their partitions and replicas: ` +
        'that needs the right DescribeConfigs',
    );
  }
  return plans.flatMap((plan) => {
    const found = topics.get(plan.name);
    const present = new Map<string, unknown>([
      ...(configs.get(plan.name) ?? []),
      ['partitions', found?.partitionsCount],
      ['replicationFactor', found?.partitions[0]?.replicas.length],
    ]);
    const properties = Object.entries(itemOf(plan).properties as Record<string, string | number>);
    return properties.flatMap(([property, wanted]) => {
      if (!present.has(property) || present.get(property) === wanted) return [];
      return `topic '${plan.name}': ${property} is ${String(present.get(property))} and has to be ${wanted}`;
    });
  });
}
