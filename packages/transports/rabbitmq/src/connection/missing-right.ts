/** What the broker says of a right that is missing; RabbitMQ 4 names the right as well. */
const REFUSED =
  /(?:(configure|write|read) )?access to (queue|exchange|topic) '(.*?)'(?: in exchange '(.*?)')? in vhost '(.*?)' refused for user '(.*?)'/;

/** By class and method of AMQP: which right it takes, on what. */
const RIGHTS: Readonly<Record<string, string>> = {
  '40.10 exchange': 'configure',
  '40.20 exchange': 'configure',
  '50.10 queue': 'configure',
  '50.10 exchange': 'write', // where it dead-letters to
  '50.20 queue': 'write',
  '50.20 exchange': 'read',
  '50.30 queue': 'read',
  '50.40 queue': 'configure',
  '60.20 queue': 'read',
  '60.40 exchange': 'write',
  '60.70 queue': 'read',
};

/** The exchange that this side may not publish to; `undefined` when it is something else that was refused. */
export function unwritable(cause: unknown): string | undefined {
  const { classId, methodId, message = '' } = cause as AmqpError;
  if (classId !== 60 || methodId !== 40) return undefined;
  const [, , kind, name = '', exchange = ''] = REFUSED.exec(message) ?? [];
  return kind === 'topic' ? exchange : name;
}

/** Which right is missing, and how it is given; `undefined` when the broker's words are others. */
export function missingRight(cause: unknown): string | undefined {
  const { classId, methodId, message = '' } = cause as AmqpError;
  const [, said, kind = '', name = '', exchange = '', vhost = '', user = ''] = REFUSED.exec(message) ?? [];
  if (user === '') return undefined;
  if (kind === 'topic') {
    const right = said ?? (classId === 60 ? 'write' : 'read');
    return `the user '${user}' has no topic permission to ${right} '${name}' at the exchange '${exchange}' of the virtual host '${vhost}'; give it by rabbitmqctl set_topic_permissions`;
  }
  const right = said ?? ambiguous(kind, name, classId) ?? RIGHTS[`${classId}.${methodId} ${kind}`] ?? 'use';
  return `the user '${user}' has no right to ${right} the ${kind} '${name}' of the virtual host '${vhost}'; give it by rabbitmqctl set_permissions (docs/broker-security.md has the smallest rights)`;
}

/** RabbitMQ 3 does not say which: what dead-letters, or has an alternate exchange, takes a second right when it is declared. */
function ambiguous(kind: string, name: string, classId: number | undefined): string | undefined {
  if (kind === 'queue' && classId === 50 && /\.delay\.\d+$/.test(name)) return 'configure, read and write';
  if (kind !== 'exchange' || classId !== 40) return undefined;
  if (name.endsWith('.retries')) return 'configure and read';
  return name.endsWith('.orphans') ? 'configure and write' : undefined;
}

interface AmqpError {
  readonly classId?: number;
  readonly methodId?: number;
  readonly message?: string;
}
