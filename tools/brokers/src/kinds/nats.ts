import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePorts } from '../free-ports.js';
import type { Launch } from '../launch.js';
import { type DebianPackage, findInstalled } from './debian-package.js';
import type { Kind } from './kind.js';

const debian: DebianPackage = {
  kind: 'nats',
  name: 'nats-server',
  folders: ['/usr/sbin', '/opt/homebrew/bin'],
  services: 'nats-server',
  address: 'nats://user:password@host:port',
};

async function launchNats(bin: string, folder: string): Promise<Launch> {
  const [port] = (await freePorts(1)) as [number];
  const config = [
    `listen: "127.0.0.1:${port}"`,
    `jetstream { store_dir: "${join(folder, 'data')}", max_memory_store: 256MB, max_file_store: 8GB }`,
  ];
  await writeFile(join(folder, 'nats.conf'), `${config.join('\n')}\n`);
  const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' };
  return {
    kind: 'nats',
    url: `nats://127.0.0.1:${port}`,
    proxied: { target: port },
    folder,
    logs: ['output.log'],
    companions: [],
    server: { program: join(bin, 'nats-server'), args: ['-c', join(folder, 'nats.conf')], env },
  };
}

/** NATS with JetStream. */
export const nats: Kind<string> = {
  schemes: ['nats'],
  address: debian.address,
  find: () => findInstalled(debian),
  launch: launchNats,
  async ask(url, within) {
    const [user, pass] = [url.username, url.password].map(decodeURIComponent);
    const login = user && pass ? { user, pass } : user ? { token: user } : {};
    const connection = await connect({ servers: url.host, timeout: within, reconnect: false, ...login });
    try {
      await jetstreamManager(connection, { timeout: within });
    } finally {
      await connection.close();
    }
  },
};
