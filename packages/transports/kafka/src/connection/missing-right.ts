/** An error as Node.js or the library makes it. */
export interface Fault extends Error {
  readonly code?: string;
  readonly apiId?: string;
  readonly path?: string;
  readonly response?: unknown;
}

/** What a request of Kafka's protocol takes the right to do, by its kind of resource. */
const OPERATIONS: Readonly<Record<string, { readonly topic?: string; readonly group?: string }>> = {
  Metadata: { topic: 'Describe' },
  ListOffsets: { topic: 'Describe' },
  Produce: { topic: 'Write' },
  Fetch: { topic: 'Read' },
  OffsetCommit: { topic: 'Read', group: 'Read' },
  OffsetFetch: { topic: 'Describe', group: 'Describe' },
  FindCoordinator: { group: 'Describe' },
  JoinGroup: { group: 'Read' },
  SyncGroup: { group: 'Read' },
  Heartbeat: { group: 'Read' },
  LeaveGroup: { group: 'Read' },
  CreateTopics: { topic: 'Create' },
};

/**
 * Which right is missing, and how it is given; `undefined` when the errors are about something else.
 *
 * @param who whose it is, for people
 */
export function missingRight(errors: readonly Fault[], who: string): string | undefined {
  for (const answer of errors) {
    const api = / executing API (\w+)\(/.exec(answer.message)?.[1] ?? '';
    const inner = (answer as { errors?: readonly Fault[] }).errors ?? [];
    for (const { apiId, path = '' } of inner) {
      const { topic, group } = OPERATIONS[api] ?? {};
      if (apiId === 'TOPIC_AUTHORIZATION_FAILED')
        return lacks(who, topic ?? api, `the topic ${nameAt(answer.response, path)}`);
      if (apiId === 'GROUP_AUTHORIZATION_FAILED') return lacks(who, group ?? api, 'the consumer group');
      if (apiId === 'CLUSTER_AUTHORIZATION_FAILED')
        return lacks(
          who,
          api === 'InitProducerId' ? 'IdempotentWrite' : api,
          'the cluster, or Write on any topic',
        );
    }
  }
  return undefined;
}

/** Words for somebody who lacks the right to do something. */
export function lacks(who: string, operation: string, on: string): string {
  return `${who} has no right to ${operation} ${on}; give it by kafka-acls.sh --add --operation ${operation} (docs/broker-security.md has the smallest rights)`;
}

/** The name of the nearest thing above `path` in a response that has one. */
function nameAt(response: unknown, path: string): string {
  let name = '';
  let at: unknown = response;
  for (const step of path.split('/').filter((each) => each !== '')) {
    at = (at as Record<string, unknown> | undefined)?.[step];
    const found = (at as { name?: unknown } | undefined)?.name;
    if (typeof found === 'string') name = found;
  }
  return name;
}
