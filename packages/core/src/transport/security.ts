/**
 * TLS of one side. Each of `ca`, `cert` and `key` is PEM, or the path of a file with it; files are read again when they
 * change, without a restart.
 */
export interface TlsOptions {
  /** The certificate of this side, followed by those that lead to the authority. */
  readonly cert?: string | Uint8Array | undefined;
  /** The private key of `cert`, not encrypted. */
  readonly key?: string | Uint8Array | undefined;
  /** The authorities whose certificates the other side may have, in place of those that Node.js trusts. */
  readonly ca?: string | Uint8Array | undefined;
  /** Whether callers have to show a certificate of `ca`. Default: if there are both `cert` and `ca`. */
  readonly mutual?: boolean | undefined;
  /** The name that the certificate of whoever is called has to have, in place of the host that is connected to. */
  readonly servername?: string | undefined;
  /** Milliseconds between two looks at the files of a side that listens. Default 10,000. */
  readonly reloadInterval?: number | undefined;
}

/** What a connection is made safe with, where it is given beside a URL. */
export interface ConnectionSecurity {
  readonly tls?: TlsOptions | undefined;
  /** Shared secrets: the first is used, all are accepted. */
  readonly secrets?: readonly string[] | undefined;
}

/** Who sent a message, as far as that was proven and not only said. */
export interface Peer {
  /** By a certificate: its name. By a secret: the service that its owner says it is, `undefined` if it says none. */
  readonly service: string | undefined;
  readonly by: 'tls' | 'secret';
}
