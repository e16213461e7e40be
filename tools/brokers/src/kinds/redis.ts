import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from '../free-ports.js';
import type { Launch } from '../launch.js';
import { type DebianPackage, findInstalled } from './debian-package.js';
import type { Kind } from './kind.js';

const debian: DebianPackage = {
  kind: 'redis',
  name: 'redis-server',
  folders: ['/usr/bin', '/opt/homebrew/bin'],
  services: 'redis-server',
  address: 'redis://user:password@host:port',
};

/** Every write is in its append-only file, and that on the disk, before it is answered. */
async function launchRedis(bin: string, folder: string): Promise<Launch> {
  const [port] = (await freePorts(1)) as [number];
  const config = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder}`,
    'appendonly yes',
    'appendfsync always',
    'save ""',
    'maxmemory-policy noeviction',
  ];
  await writeFile(join(folder, 'redis.conf'), `${config.join('\n')}\n`);
  const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' };
  return {
    kind: 'redis',
    url: `redis://127.0.0.1:${port}`,
    proxied: { target: port },
    folder,
    logs: ['output.log'],
    companions: [],
    server: { program: join(bin, 'redis-server'), args: [join(folder, 'redis.conf')], env },
    ctl: { program: join(bin, 'redis-cli'), args: ['-h', '127.0.0.1', '-p', String(port), '-e'], env },
  };
}

/** Redis, and Valkey by its address: one that has read its data, and obeys. */
export const redis: Kind<string> = {
  schemes: ['redis', 'rediss'],
  address: debian.address,
  find: () => findInstalled(debian),
  launch: launchRedis,
  async ask(url, within) {
    const client = new Redis(url.href, {
      ...{ lazyConnect: true, connectTimeout: within, commandTimeout: within },
      ...{ retryStrategy: null, maxRetriesPerRequest: 0, enableReadyCheck: false },
    });
    client.on('error', () => undefined); // what is asked rejects with it
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  },
};
