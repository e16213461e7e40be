import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type BrokerUser, type Listeners, type Security, tlsFiles } from '../security.js';

interface RabbitmqSecurity {
  /** Lines of rabbitmq.conf. */
  readonly config: readonly string[];
  readonly plugins: readonly string[];
  /** What it imports whenever it starts. */
  readonly definitions: { readonly file: string; readonly content: string } | undefined;
  readonly listeners: Listeners;
}

const ALL = { configure: '.*', write: '.*', read: '.*' };
const NONE = { configure: '^$', write: '^$', read: '^$' };

/** What a node needs for it. A user with a certificate is its CN (EXTERNAL). */
export function rabbitmqSecurity(
  { tls, users, mutual = false }: Security,
  folder: string,
  port: number,
): RabbitmqSecurity {
  const definitions = users && {
    file: join(folder, 'definitions.json'),
    content: JSON.stringify(definitionsOf(users)),
  };
  const imported = definitions ? [`load_definitions = ${definitions.file}`] : [];
  if (!tls) return { config: imported, plugins: [], definitions, listeners: {} };
  const files = { certfile: tlsFiles.cert, keyfile: tlsFiles.key, cacertfile: tlsFiles.ca };
  return {
    config: [
      ...imported,
      `listeners.ssl.1 = 127.0.0.1:${port}`,
      ...Object.entries(files).map(([option, name]) => `ssl_options.${option} = ${join(folder, name)}`),
      'ssl_options.verify = verify_peer',
      `ssl_options.fail_if_no_peer_cert = ${mutual}`,
      'ssl_cert_login_from = common_name',
      ...['PLAIN', 'AMQPLAIN', 'EXTERNAL'].map((name, index) => `auth_mechanisms.${index + 1} = ${name}`),
    ],
    plugins: ['rabbitmq_auth_mechanism_ssl'],
    definitions,
    listeners: { tls: `amqps://127.0.0.1:${port}` },
  };
}

function definitionsOf(users: Readonly<Record<string, BrokerUser>>): unknown {
  const all = Object.entries<BrokerUser & { tags?: string }>({
    guest: { password: 'guest', rights: ALL, tags: 'administrator' }, // whom it would make itself, without definitions
    ...users,
  });
  return {
    vhosts: [{ name: '/' }],
    users: all.map(([name, { password, tags = '' }]) => ({
      ...{ name, tags, hashing_algorithm: 'rabbit_password_hashing_sha256' },
      password_hash: password === undefined ? '' : hashOf(password),
    })),
    permissions: all.map(([user, { rights = NONE }]) => ({ user, vhost: '/', ...rights })),
  };
}

function hashOf(password: string): string {
  const salt = randomBytes(4);
  const hash = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, hash]).toString('base64');
}
