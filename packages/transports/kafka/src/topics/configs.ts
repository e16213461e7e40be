import { answered } from '../connection/failure.js';
import type { Lane } from '../connection/lane.js';

/** Kafka's number for a topic among the things that have settings. */
const TOPIC = 2;

interface Described {
  readonly results: readonly {
    readonly errorCode: number;
    readonly resourceName: string;
    readonly configs: readonly { readonly name: string; readonly value: string | null }[];
  }[];
}

/** The settings of topics, by topic and name; those of which this client may not see them are left out. */
export async function configsOf(
  topics: readonly string[],
  lane: Lane,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const asked = topics.map((resourceName) => ({ resourceType: TOPIC, resourceName }));
  let described: Described;
  try {
    described = await lane.askAny<Described>('DescribeConfigs', asked, false, false);
  } catch (error) {
    const { response } = error as { response?: Described };
    if (!response || !answered(error, 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'))
      throw error;
    described = response;
  }
  return new Map(
    described.results
      .filter(({ errorCode }) => errorCode === 0)
      .map(({ resourceName, configs }) => [
        resourceName,
        new Map(configs.map(({ name, value }) => [name, value ?? ''])),
      ]),
  );
}
