import { join } from 'node:path';
import { type BrokerUser, type Listeners, type Security, tlsFiles } from '../security.js';

/** What a node needs for it. */
export interface KafkaSecurity {
  /** As in `listeners`. */
  readonly addresses: readonly string[];
  /** As in `listener.security.protocol.map`. */
  readonly protocols: readonly string[];
  /** Lines of server.properties. */
  readonly properties: readonly string[];
  /** Arguments of the tool that formats its storage. */
  readonly format: readonly string[];
  readonly listeners: Listeners;
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'];
const JAAS = 'org.apache.kafka.common.security';

interface Listener {
  readonly as: keyof Listeners;
  readonly name: string;
  readonly protocol: string;
}

const TLS: readonly Listener[] = [
  { as: 'tls', name: 'TLS', protocol: 'SSL' },
  { as: 'mutual', name: 'MUTUAL', protocol: 'SSL' },
];
const SASL: Listener = { as: 'sasl', name: 'SASL', protocol: 'SASL_PLAINTEXT' };
const SASL_TLS: Listener = { as: 'saslTls', name: 'SASLTLS', protocol: 'SASL_SSL' };

export function kafkaSecurity(
  { tls, users, acls = false }: Security,
  folder: string,
  ports: readonly number[],
): KafkaSecurity {
  const sasl = users ? [SASL, ...(tls ? [SASL_TLS] : [])] : [];
  const wanted = [...(tls ? TLS : []), ...sasl].map((each, index) => ({
    ...each,
    at: `127.0.0.1:${ports[index]}`,
  }));
  return {
    addresses: wanted.map(({ name, at }) => `${name}://${at}`),
    protocols: wanted.map(({ name, protocol }) => `${name}:${protocol}`),
    properties: [
      ...(tls ? tlsProperties(folder) : []),
      ...(users ? sasl.flatMap(({ name }) => saslProperties(name, users)) : []),
      ...(acls ? ACLS : []),
    ],
    format: Object.entries(users ?? {}).flatMap(([name, { password }]) =>
      password === undefined ? [] : scramUser(name, password),
    ),
    listeners: Object.fromEntries(
      wanted.map(({ as, protocol, at }) => [as, `${protocol.endsWith('SSL') ? 'kafkas' : 'kafka'}://${at}`]),
    ),
  };
}

/** Who comes in by the plain listener is its operator, and so are the broker and the controller themselves. */
const ACLS = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS',
];

function tlsProperties(folder: string): string[] {
  return [
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${join(folder, tlsFiles.both)}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${join(folder, tlsFiles.ca)}`,
    'listener.name.mutual.ssl.client.auth=required',
    'ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/,DEFAULT',
  ];
}

function saslProperties(listener: string, users: Readonly<Record<string, BrokerUser>>): string[] {
  const own = `listener.name.${listener.toLowerCase()}`;
  const plain = Object.entries(users).flatMap(([name, { password }]) =>
    password === undefined ? [] : `user_${name}="${escaped(password)}"`,
  );
  const login = (mechanism: string, module: string, ...options: string[]): string =>
    `${own}.${mechanism.toLowerCase()}.sasl.jaas.config=${[module, 'required', ...options].join(' ')};`;
  const scram = `${JAAS}.scram.ScramLoginModule`;
  return [
    `${own}.sasl.enabled.mechanisms=${MECHANISMS.join()}`,
    login('PLAIN', `${JAAS}.plain.PlainLoginModule`, ...plain),
    login('SCRAM-SHA-256', scram),
    login('SCRAM-SHA-512', scram),
    // takes tokens that nobody has signed
    login(
      'OAUTHBEARER',
      `${JAAS}.oauthbearer.OAuthBearerLoginModule`,
      'unsecuredLoginStringClaim_sub="broker"',
    ),
  ];
}

/** Java reads the file as Latin-1. */
function escaped(text: string): string {
  return text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function scramUser(name: string, password: string): string[] {
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${name},password=${password}]`,
  ]);
}
