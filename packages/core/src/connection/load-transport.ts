import { ConfigurationError } from '../errors/conditions.js';
import type { FromUrl } from '../transport/factory.js';

/** Which package moves messages for which scheme. */
const PACKAGES: Readonly<Record<string, string>> = {
  kafka: '@rookery/kafka',
  kafkas: '@rookery/kafka',
  amqp: '@rookery/rabbitmq',
  amqps: '@rookery/rabbitmq',
  memory: '@rookery/memory',
  tcp: '@rookery/tcp',
  tcps: '@rookery/tcp',
};

/**
 * Imports a package by its name: `(name) => import(name)`, written where the transports are dependencies, because that is
 * from where it is looked for.
 */
export type ImportPackage = (name: string) => Promise<unknown>;

/** @throws ConfigurationError when no transport has this scheme */
export function assertScheme(scheme: string): void {
  if (Object.hasOwn(PACKAGES, scheme)) return;
  const known = Object.keys(PACKAGES).map((each) => `${each}:`);
  throw new ConfigurationError(`no transport for ${scheme}: urls; there are ${known.join(', ')}`);
}

/**
 * Loads the transport of a scheme, when it is first needed.
 *
 * @throws ConfigurationError that names the package when it is not installed
 */
export async function loadTransport(scheme: string, importPackage: ImportPackage): Promise<FromUrl> {
  assertScheme(scheme);
  const name = PACKAGES[scheme] ?? '';
  try {
    const module = (await importPackage(name)) as { fromUrl: FromUrl };
    return module.fromUrl;
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND' || !String(cause).includes(name))
      throw cause;
    throw new ConfigurationError(`${scheme}: urls need the package ${name}: npm install ${name}`, { cause });
  }
}
