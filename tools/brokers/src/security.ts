import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a broker shows of itself, and which authority its clients' certificates have to be of. PEM texts. */
export interface BrokerTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** One who may come in. */
export interface BrokerUser {
  /** Left out, only a certificate proves who it is. */
  readonly password?: string;
  /** RabbitMQ: regular expressions of the names on the virtual host `/` that may be configured, written, read. Default: none. */
  readonly rights?: { readonly configure: string; readonly write: string; readonly read: string };
}

/** What a broker of our own has besides its plain listener, whose clients may do everything. */
export interface Security {
  /** Opens listeners with TLS, see {@link Listeners}. */
  readonly tls?: BrokerTls;
  /**
   * By their names. RabbitMQ: on all listeners. Kafka: on those with SASL, by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; on the
   * listener that asks for certificates a user is the CN of one.
   */
  readonly users?: Readonly<Record<string, BrokerUser>>;
  /** RabbitMQ: whether clients have to show a certificate; without it they may. Default `false`. */
  readonly mutual?: boolean;
  /** Kafka: whether those of its listeners with security may do only what an ACL allows. Default `false`. */
  readonly acls?: boolean;
}

/** The addresses of its other listeners, without users. */
export interface Listeners {
  /** RabbitMQ's only one with TLS; Kafka's that asks for no certificate. */
  readonly tls?: string;
  /** Kafka: TLS, and clients show a certificate. */
  readonly mutual?: string;
  /** Kafka: SASL without TLS. */
  readonly sasl?: string;
  /** Kafka: SASL over TLS. */
  readonly saslTls?: string;
}

export const tlsFiles = { cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt', both: 'tls.pem' } as const;

/** Writes them where the broker reads them when it starts. */
export async function writeTls(folder: string, { cert, key, ca }: BrokerTls): Promise<void> {
  const contents = { cert, key, ca, both: `${key}${cert}` };
  await Promise.all(
    Object.entries(tlsFiles).map(([part, name]) =>
      writeFile(join(folder, name), contents[part as keyof typeof tlsFiles], { mode: 0o600 }),
    ),
  );
}
