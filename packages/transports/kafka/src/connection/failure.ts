import { findErrorBy, UserError } from '@platformatic/kafka';
import {
  certificateProblem,
  ConfigurationError,
  handshakeProblem,
  isRookeryError,
  PermissionDenied,
  refusalProblem,
  Unauthenticated,
  Unavailable,
  type RookeryError,
} from '@rookery/core';
import { missingRight, type Fault } from './missing-right.js';
import type { Security } from './security.js';

/** Whether a broker answered with one of these errors, by their names in Kafka's protocol. */
export function answered(error: unknown, ...ids: string[]): boolean {
  return error instanceof Error && ids.some((id) => findErrorBy(error, 'apiId', id) !== null);
}

/** Whether a topic is not there; the library says so in a word of its own. */
export function isUnknownTopic(error: unknown): boolean {
  return (
    answered(error, 'UNKNOWN_TOPIC_OR_PARTITION') ||
    (error instanceof UserError && error.message.startsWith('Unknown topic'))
  );
}

/** Whether a right is missing. */
export function isDenied(error: unknown): boolean {
  return answered(
    error,
    'TOPIC_AUTHORIZATION_FAILED',
    'GROUP_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
  );
}

/** Of those that were asked for in one request, the topics that this side has no right to. */
export function deniedTopics(error: unknown): string[] {
  interface Listed {
    readonly topics?: readonly { readonly name: string; readonly errorCode: number }[];
  }
  const { response } = error as { response?: Listed };
  return (response?.topics ?? []).filter(({ errorCode }) => errorCode === DENIED).map(({ name }) => name);
}

/** TOPIC_AUTHORIZATION_FAILED */
export const DENIED = 29;

/** Whether a connection ended, and nobody said why. */
export function isSilentEnd(error: unknown): boolean {
  return all(error).some(
    ({ message }) =>
      /Connection closed|secure TLS connection was established|verify the broker supports TLS|ECONNRESET|EPIPE/.test(
        message,
      ) && !message.includes('ECONNREFUSED'),
  );
}

/**
 * What people are told of a failure to talk to the brokers; terminal when trying again would not help.
 *
 * @param what could not be done, for a failure that passes
 * @param where the brokers are
 */
export function explained(what: string, cause: unknown, where: string, { login }: Security): RookeryError {
  if (isRookeryError(cause)) return cause;
  const errors = all(cause);
  const who = login?.who ?? 'this side';
  const right = missingRight(errors, who);
  if (right !== undefined) return new PermissionDenied(`${where}: ${right}`, { cause });
  for (const error of errors) {
    const refused = certificateProblem(error) ?? refusalProblem(error);
    if (refused !== undefined) return new Unauthenticated(`${where}: ${refused}`, { cause });
    const handshake = handshakeProblem(error) ?? saslProblem(error, login);
    if (handshake !== undefined) return new ConfigurationError(`${where}: ${handshake}`, { cause });
  }
  if (errors.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION'))
    return new Unauthenticated(
      `${where}: it does not let ${who} in by ${login?.mechanism}: check the name and the password in the url, or the token, and the mechanism (sasl)`,
      { cause },
    );
  return new Unavailable(`${what}: ${innermost(cause)}`, { cause });
}

function saslProblem(error: Fault, login: Security['login']): string | undefined {
  if (error.apiId === 'UNSUPPORTED_SASL_MECHANISM')
    return `it does not take the SASL mechanism ${login?.mechanism}; choose another by ?sasl= in the url or the option sasl`;
  if (error.apiId === 'ILLEGAL_SASL_STATE')
    return 'it takes no user at this port; leave the user out of the url, or write the port for SASL';
  if (error.message === 'Broker requires TLS.')
    return 'it speaks TLS, and this side does not; write kafkas://';
  return undefined;
}

/** An error and all that it wraps. */
function all(error: unknown): Fault[] {
  if (!(error instanceof Error)) return [];
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [error, ...[...inner, error.cause].flatMap(all)];
}

/** The message that says why, of an error that wraps others. */
function innermost(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors.at(-1));
  if (error instanceof Error && error.cause instanceof Error) return innermost(error.cause);
  return error instanceof Error ? error.message : String(error);
}
