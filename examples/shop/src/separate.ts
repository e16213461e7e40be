import { randomBytes } from 'node:crypto';
import { readyText } from './ready-text.js';
import { stopWhenAsked } from './stop-when-asked.js';
import { freePorts } from './supervisor/free-ports.js';
import { Supervisor } from './supervisor/supervisor.js';

/** Those who call come before those who are called. */
const programs = [
  { name: 'gateway', main: import.meta.resolve('./gateway/main.js') },
  { name: 'payments', main: import.meta.resolve('./payments/main.js') },
  { name: 'users', main: import.meta.resolve('./users/main.js') },
  { name: 'notifications', main: import.meta.resolve('./notifications/main.js') },
];

/** The shop as processes of their own, over the broker that ROOKERY_URL names, or else over TCP on free ports. */
export async function startSeparate(port: number): Promise<void> {
  const url = process.env['ROOKERY_URL'] ?? 'tcp:';
  const environments = /^(tcp|memory)/.test(url) ? await overTcp(port) : programs.map(() => ({}));
  const origin = `http://127.0.0.1:${port}`;
  const supervisor = new Supervisor({
    programs: programs.map(({ name, main }, index) => ({
      name,
      main,
      environment: { ...environments[index], PORT: String(port) },
    })),
    origin,
    readyText: readyText(origin),
  });
  stopWhenAsked(supervisor);
  process.on('exit', () => supervisor.kill());
  supervisor.start();
}

/** Where each of the programs is, told to all of them. */
async function overTcp(port: number): Promise<Record<string, string>[]> {
  const ports = await freePorts(programs.length, port);
  const located = programs.map((program, index) => ({ ...program, url: `tcp://127.0.0.1:${ports[index]}` }));
  const services = located.map(({ name, url }) => `${name}=${url}`).join(',');
  // What another process of this machine connects to them is not served. A secret that is given is inherited as it is.
  const secret = process.env['ROOKERY_SECRET'] || randomBytes(32).toString('base64');
  return located.map(({ url }) => ({
    ROOKERY_URL: url,
    ROOKERY_SERVICES: services,
    ROOKERY_SECRET: secret,
  }));
}
