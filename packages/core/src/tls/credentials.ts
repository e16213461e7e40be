import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigurationError } from '../errors/conditions.js';
import type { Logger } from '../transport/logger.js';
import type { TlsOptions } from '../transport/security.js';

/** The PEM texts of one side, as `node:tls` takes them. */
export interface Pem {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

const PARTS = ['cert', 'key', 'ca'] as const;

/** The certificates of one side, and the files that they are from. */
export class Credentials {
  /** Milliseconds between two looks at the files. */
  readonly reloadInterval: number;
  readonly servername: string | undefined;
  readonly #options: TlsOptions;
  readonly #files: readonly string[];
  #pem: Pem;
  /** What the files were when they were read last, in vain or not. */
  #seen: string;

  /** @throws ConfigurationError when a file cannot be read, or something is no certificate or does not fit */
  constructor(options: TlsOptions) {
    const { cert, key } = options;
    if ((cert === undefined) !== (key === undefined)) {
      const [there, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
      throw new ConfigurationError(`tls.${there} is given without tls.${missing}; they belong together`);
    }
    this.#options = options;
    this.reloadInterval = options.reloadInterval ?? 10_000;
    this.servername = options.servername;
    this.#files = PARTS.flatMap((part) => fileOf(options[part]) ?? []);
    this.#seen = this.#look();
    this.#pem = read(options);
  }

  /** What is valid now. */
  get pem(): Pem {
    return this.#pem;
  }

  /** Whether there is anything that could change. */
  get reloads(): boolean {
    return this.#files.length > 0;
  }

  /**
   * Reads the files again if they have changed. What cannot be used is logged, once, and not taken.
   *
   * @returns whether there are new ones
   */
  refresh(logger: Logger): boolean {
    const seen = this.#look();
    if (seen === this.#seen) return false;
    this.#seen = seen;
    try {
      this.#pem = read(this.#options);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.error(`the TLS files have changed, but cannot be used, so the old ones stay: ${why}`);
      return false;
    }
    logger.info('the TLS files have changed; new connections use the new ones');
    return true;
  }

  #look(): string {
    return this.#files
      .map((file) => {
        const stat = statSync(file, { throwIfNoEntry: false });
        return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : 'missing';
      })
      .join();
  }
}

/** Text that is no PEM is the path of a file. */
function fileOf(given: string | Uint8Array | undefined): string | undefined {
  return typeof given === 'string' && !given.includes('-----BEGIN') ? given : undefined;
}

function read(options: TlsOptions): Pem {
  const pem: Record<string, string> = {};
  for (const part of PARTS) {
    const given = options[part];
    if (given !== undefined) pem[part] = textOf(part, given);
  }
  for (const part of ['cert', 'ca'] as const) {
    // createSecureContext takes a ca that is none, and then trusts nobody.
    if (pem[part] !== undefined) attempt(part, options[part], () => new X509Certificate(pem[part] as string));
  }
  attempt('cert and tls.key', undefined, () => createSecureContext(pem));
  return pem;
}

function textOf(part: string, given: string | Uint8Array): string {
  const file = fileOf(given);
  if (file === undefined) return Buffer.from(given as Uint8Array).toString('latin1');
  try {
    return readFileSync(file, 'latin1');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`tls.${part} cannot be read: ${why}`, { cause });
  }
}

function attempt(part: string, given: unknown, use: () => unknown): void {
  try {
    use();
  } catch (cause) {
    const file = typeof given === 'string' ? fileOf(given) : undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`tls.${part}${file ? ` (${file})` : ''} cannot be used: ${why}`, { cause });
  }
}
