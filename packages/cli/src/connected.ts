import { readFile } from 'node:fs/promises';
import type { ParseArgsOptionsConfig } from 'node:util';
import { connect, type ServiceControl } from '@rookery/control';
import { OPERATOR, readEnvironment, resolveClient, type TransportFactory } from '@rookery/core';
import { ExitCode } from './exit-code.js';
import { interruptible } from './interruptible.js';
import { numberOf } from './numbers.js';
import { textOf, type Invocation, type Work } from './subcommand.js';
import { UsageError } from './usage-error.js';

/** Options of every command that talks to a service. */
export const CONNECTION_OPTIONS: ParseArgsOptionsConfig = {
  url: { type: 'string' },
  service: { type: 'string' },
  as: { type: 'string' },
  'secret-file': { type: 'string' },
  'tls-ca': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  timeout: { type: 'string' },
};

/** Does the work with the service that the command line names, and says whom it could not ask. */
export async function connected(invocation: Invocation, work: Work): Promise<number> {
  const service = textOf(invocation, 'service');
  if (!service) throw new UsageError('which service? Say --service users');
  const as = textOf(invocation, 'as') ?? OPERATOR;
  const timeout = numberOf(invocation, 'timeout', 'seconds');
  const transport = await transportFor(service, as, invocation);
  const { interrupted } = invocation.terminal;
  const within = timeout === undefined ? {} : { timeout: timeout * 1_000 };
  const control = await interruptible(interrupted, connect({ service, transport, as, ...within }));
  try {
    const code = await work(control);
    return tellOfSilence(control, invocation) && code === ExitCode.done ? ExitCode.partly : code;
  } finally {
    await control.close();
  }
}

/** What the command line says beats the environment, which says the rest. */
async function transportFor(service: string, as: string, invocation: Invocation): Promise<TransportFactory> {
  const url = textOf(invocation, 'url');
  const secret = await secretIn(textOf(invocation, 'secret-file'));
  const tls = Object.fromEntries(
    (['ca', 'cert', 'key'] as const).flatMap((part) => {
      const path = textOf(invocation, `tls-${part}`);
      return path === undefined ? [] : [[part, path]];
    }),
  );
  const environment = readEnvironment();
  const { security } = environment;
  const beaten = {
    ...environment,
    ...(url === undefined ? {} : { url: undefined, services: {} }),
    security: {
      tls: { ...security.tls, ...tls },
      secrets: secret === undefined ? security.secrets : [secret],
    },
  };
  const safe =
    Object.keys(beaten.security.tls).length > 0 ? beaten.security : { secrets: beaten.security.secrets };
  const options = { to: service, ...(url === undefined ? {} : { url }) };
  if (url === undefined && !environment.url && !environment.services[service])
    throw new UsageError(
      `where is '${service}'? Say --url tcp://host:port, or set ROOKERY_URL or ROOKERY_SERVICES`,
    );
  const resolved = resolveClient(options, as, 'the command line', (name) => import(name), {
    ...beaten,
    security: safe,
  });
  if (resolved.scheme === 'memory')
    throw new UsageError('services on memory: can be operated only from within their own process');
  return resolved.load();
}

/** A secret is not taken from the command line, where every user of the machine could read it. */
async function secretIn(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new UsageError(`--secret-file cannot be read: ${(error as Error).message}`);
  }
}

/** Whether letters may be missing in the answer. */
function tellOfSilence(
  { asked, silent, others, service }: ServiceControl,
  { terminal }: Invocation,
): boolean {
  for (const { address, state } of silent)
    terminal.err(
      `rookery: nobody was asked at ${address} (${state}); letters that are there are not in this`,
    );
  if (others) {
    const names = asked.map(({ name }) => name).join(', ');
    terminal.err(
      `rookery: asked were ${names}; if '${service}' has more replicas, their letters are not in this`,
    );
  }
  return silent.length > 0;
}
