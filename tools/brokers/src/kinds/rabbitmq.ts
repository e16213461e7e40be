import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { connect } from 'amqplib';
import { freePorts } from '../free-ports.js';
import type { Launch } from '../launch.js';
import { type Security, writeTls } from '../security.js';
import { type DebianPackage, findInstalled } from './debian-package.js';
import type { Kind } from './kind.js';
import { rabbitmqSecurity } from './rabbitmq-security.js';

const debian: DebianPackage = {
  kind: 'rabbitmq',
  name: 'rabbitmq-server',
  // Debian's come first: what it puts into /usr/sbin changes the user and wants its own folders.
  folders: ['/usr/lib/rabbitmq/bin', '/opt/homebrew/opt/rabbitmq/sbin', '/usr/local/opt/rabbitmq/sbin'],
  services: 'rabbitmq-server $(command -v epmd > /dev/null || echo epmd.service epmd.socket)',
  address: 'amqp://user:password@host:port',
};

/** Writes what a node of its own needs into the folder. */
async function launchRabbitmq(bin: string, folder: string, security: Security = {}): Promise<Launch> {
  const [amqp, distribution, epmd, amqps] = (await freePorts(4)) as [number, number, number, number];
  const secured = rabbitmqSecurity(security, folder, amqps);
  const at = (name: string) => join(folder, name);
  await Promise.all(['home', 'log', 'mnesia'].map((name) => mkdir(at(name))));
  const config = [
    `listeners.tcp.1 = 127.0.0.1:${amqp}`,
    // in absolute terms, so that a memory alarm can be provoked
    'vm_memory_high_watermark.absolute = 1GB',
    'disk_free_limit.absolute = 50MB',
    ...secured.config,
  ];
  await writeFile(at('rabbitmq.conf'), `${config.join('\n')}\n`);
  await writeFile(at('rabbitmq-env.conf'), ''); // or that of the machine is read
  await writeFile(at('enabled_plugins'), `[${secured.plugins.join(',')}].\n`);
  if (secured.definitions) await writeFile(secured.definitions.file, secured.definitions.content);
  if (security.tls) await writeTls(folder, security.tls);
  const env = {
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    LANG: 'C.UTF-8',
    HOME: at('home'), // of the cookie
    ERL_CRASH_DUMP: at('erl_crash.dump'),
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RUNNING_UNDER_SYSTEMD: 'true', // the script becomes the server; else it stays in front of it and survives its crash
    RABBITMQ_NODENAME: 'rookery@localhost',
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_CTL_DIST_PORT_MIN: '10000',
    RABBITMQ_CTL_DIST_PORT_MAX: '32767',
    RABBITMQ_MNESIA_BASE: at('mnesia'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: at('rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
  return {
    kind: 'rabbitmq',
    url: `amqp://guest:guest@127.0.0.1:${amqp}`,
    listeners: secured.listeners,
    proxied: { target: amqp },
    folder,
    logs: ['output.log', 'log/rookery@localhost.log'],
    companions: [{ program: 'epmd', args: ['-port', String(epmd)], env, port: epmd }],
    server: { program: 'rabbitmq-server', args: [], env },
    ctl: { program: 'rabbitmqctl', args: ['--quiet'], env: { ...env, RABBITMQ_CTL_ERL_ARGS: '+S 1:1' } },
  };
}

/** A whole AMQP handshake. */
export const rabbitmq: Kind<string> = {
  schemes: ['amqp', 'amqps'],
  address: debian.address,
  find: () => findInstalled(debian),
  launch: launchRabbitmq,
  async ask(url, within) {
    const connection = await connect(url.href, { timeout: within });
    await connection.close();
  },
};
