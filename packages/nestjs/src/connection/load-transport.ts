import { ConfigurationError, type FromUrl } from '@rookery/core';

/** Which package moves messages for which scheme. */
const PACKAGES: Readonly<Record<string, string>> = {
  memory: '@rookery/memory',
  tcp: '@rookery/tcp',
  tcps: '@rookery/tcp',
};

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
export async function loadTransport(scheme: string): Promise<FromUrl> {
  assertScheme(scheme);
  const name = PACKAGES[scheme] ?? '';
  try {
    const module = (await import(name)) as { fromUrl: FromUrl };
    return module.fromUrl;
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND' || !String(cause).includes(name))
      throw cause;
    throw new ConfigurationError(`${scheme}: urls need the package ${name}: npm install ${name}`, { cause });
  }
}
