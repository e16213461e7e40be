import { resolveClient, resolveServer, type TransportFactory, type UrlOptions } from '@rookery/core';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => vi.unstubAllEnvs());

/** What the package of the transport is told. */
async function told(resolve: typeof resolveServer | typeof resolveClient, options: object): Promise<unknown> {
  let given: unknown;
  const fromUrl = ({ topology }: UrlOptions): TransportFactory => {
    given = topology;
    return { scheme: 'amqp', create: () => expect.fail('made') };
  };
  const importPackage = () => Promise.resolve({ fromUrl });
  await resolve({ url: 'amqp://127.0.0.1', ...options }, 'shop', 'here', importPackage).load();
  return given;
}

test('topology is told to the transport of a server and of a client, and ROOKERY_TOPOLOGY beats it', async () => {
  for (const resolve of [resolveServer, resolveClient]) {
    expect(await told(resolve, {})).toBe(undefined);
    expect(await told(resolve, { topology: 'verify' })).toBe('verify');
    vi.stubEnv('ROOKERY_TOPOLOGY', 'none');
    expect(await told(resolve, { topology: 'verify' })).toBe('none');
    vi.unstubAllEnvs();
  }
});

test('what is no topology is refused before anything is loaded, with where it was written', async () => {
  await expect(told(resolveServer, { topology: 'check' })).rejects.toThrow(
    'topology is "check"; it has to be create, verify or none',
  );
  vi.stubEnv('ROOKERY_TOPOLOGY', 'check');
  await expect(told(resolveServer, {})).rejects.toThrow('ROOKERY_TOPOLOGY is "check"');
});
