import { ConfigurationError } from '@rookery/core';

/** What bears on who can reach a listener, and how they are told apart. */
export interface ListeningSide {
  /** Only this machine can reach it. */
  readonly loopback: boolean;
  /** Only who shows a certificate that this side trusts is let in. */
  readonly mutualTls: boolean;
  /** Callers have to prove that they know a secret. */
  readonly secret: boolean;
}

/**
 * The stock wire proves nothing of a caller, so that it must not be a way around what the other wire asks for.
 *
 * @throws ConfigurationError that says why it cannot be spoken there
 */
export function assertNestWire({ loopback, mutualTls, secret }: ListeningSide): void {
  if (secret) {
    throw new ConfigurationError(
      "wires: 'nest' cannot be spoken beside a secret: stock Nest clients cannot prove that they know it, so it would " +
        'keep nobody out; leave out one of the two, or use mutual TLS in place of the secret',
    );
  }
  if (loopback || mutualTls) return;
  throw new ConfigurationError(
    "wires: 'nest' is only spoken on loopback or with mutual TLS: whoever reaches the port would be served, and " +
      'insecure: true does not change that; listen on 127.0.0.1, or ask for certificates',
  );
}
