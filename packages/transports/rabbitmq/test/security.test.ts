import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Broker, startBroker } from '@rookery/brokers';
import { isRookeryError, systemClock, systemRandom, type TlsOptions } from '@rookery/core';
import { fromUrl } from '@rookery/rabbitmq';
import { Authority, eventually, rejection } from '@rookery/testing';
import { cutOff } from './cut-off.js';
import { party } from './parties.js';

const trusted = new Authority();
const stranger = new Authority('a stranger');
const PASSWORD = 'p%w,/@:ü';
const ALL = { configure: '.*', write: '.*', read: '.*' };
const folder = mkdtempSync(join(tmpdir(), 'rookery-rabbitmq-tls-'));

let broker: Broker | undefined;
let absent: string | undefined;
beforeAll(async () => {
  try {
    broker = await startBroker('rabbitmq', {
      security: {
        tls: { ...trusted.issue({ cn: 'broker', dns: ['localhost'] }), ca: trusted.cert },
        users: { anna: { password: PASSWORD, rights: ALL }, orders: { rights: ALL } },
      },
    });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'BrokerAbsent')) throw error;
    absent = error.message;
  }
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await broker?.stop();
});

let parties: ReturnType<typeof party>[] = [];
beforeEach(({ skip }) => {
  if (absent !== undefined) skip(absent);
});
afterEach(async () => {
  await Promise.all(parties.map((one) => one.close()));
  parties = [];
});

function addressOf(which: 'plain' | 'tls', user = '', host = 'localhost'): string {
  const url = new URL((which === 'tls' ? broker?.listeners.tls : broker?.url) ?? '');
  return `${url.protocol}//${user}${host}:${url.port}`;
}

const ANNA = `anna:${encodeURIComponent(PASSWORD)}@`;

function joined(url: string, tls: TlsOptions | undefined, prefix = `t-${systemRandom.token(8)}`) {
  const one = party(url, 'secured', { tls, prefix, startTimeout: 20_000 });
  one.server.handle('echo', (data) => data);
  parties.push(one);
  return one;
}

async function works(url: string, tls: TlsOptions | undefined) {
  const one = joined(url, tls);
  await one.server.start();
  expect(await one.client.request('echo', 1, { to: 'secured' })).toBe(1);
  return one;
}

/** What the start says, which must come at once, and nowhere a secret. */
async function whyNot(url: string, tls?: TlsOptions) {
  const one = joined(url, tls);
  const error = await rejection(one.server.start());
  assert.ok(isRookeryError(error), String(error));
  const shown = [
    inspect(error, { depth: 10 }),
    ...one.log,
    inspect(one.transport.describe()),
    inspect(one.transport.unwrap(), { depth: 6 }),
  ].join('\n');
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'not-this-one'])
    expect(shown).not.toContain(secret);
  return `${error.code}: ${error.message}`;
}

test('TLS with the authority of the broker, a user and a password of any characters', async () => {
  const { transport } = await works(addressOf('tls', ANNA), { ca: trusted.cert });
  expect(inspect([transport.describe(), transport.unwrap()], { depth: 8 })).not.toContain(PASSWORD);
});

test('tls: makes TLS of amqp:, and servername says whose certificate it is', async () => {
  const url = addressOf('tls', ANNA, '127.0.0.1').replace('amqps:', 'amqp:');
  await works(url, { ca: trusted.cert, servername: 'localhost' });
});

test('certificates come from the options of Nest and the environment, too', () => {
  const from = { role: 'client', services: {}, insecure: false } as const;
  const security = { tls: { ca: trusted.cert } };
  const factory = fromUrl({ ...from, urls: [new URL('amqp://anna:pw@broker/v')], security });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const host = { service: undefined, replica: 'r', clock: systemClock, random: systemRandom, logger };
  expect(factory.create(host).describe().addresses).toEqual(['amqps://anna@broker/v']);
});

test('a certificate says who this side is when the url names no user', async () => {
  await works(addressOf('tls'), { ca: trusted.cert, ...trusted.issue({ cn: 'orders' }) });
});

test.each<[string, () => [url: string, tls?: TlsOptions], RegExp]>([
  [
    'a wrong password',
    () => [addressOf('tls', 'anna:not-this-one@'), { ca: trusted.cert }],
    /^UNAUTHENTICATED: .*amqps:\/\/anna@localhost.*does not let 'anna' in: check the name and the password/,
  ],
  ['an authority that is not trusted', () => [addressOf('tls', ANNA)], /^UNAUTHENTICATED: .*tls\.ca/],
  [
    'the wrong authority',
    () => [addressOf('tls', ANNA), { ca: stranger.cert }],
    /^UNAUTHENTICATED: .*not trusted.*tls\.ca/,
  ],
  [
    'a certificate for another name',
    () => [addressOf('tls', ANNA, '127.0.0.1'), { ca: trusted.cert }],
    /^UNAUTHENTICATED: .*another name.*tls\.servername/,
  ],
  [
    'a certificate of this side that has expired',
    () => [addressOf('tls'), { ca: trusted.cert, ...trusted.issue({ cn: 'orders', days: -1 }) }],
    /^UNAUTHENTICATED: .*tls\.cert.*expired/,
  ],
  [
    'a certificate of this side by an authority that the broker does not trust',
    () => [addressOf('tls'), { ca: trusted.cert, ...stranger.issue({ cn: 'orders' }) }],
    /^UNAUTHENTICATED: .*tls\.cert.*authority/,
  ],
  [
    'a certificate of nobody whom the broker knows',
    () => [addressOf('tls'), { ca: trusted.cert, ...trusted.issue({ cn: 'nobody' }) }],
    /^UNAUTHENTICATED: .*the name in the certificate.*name of a user/,
  ],
  [
    'TLS to a port without',
    () => [addressOf('plain', ANNA).replace('amqp:', 'amqps:')],
    /^CONFIGURATION: .*does not speak TLS/,
  ],
  [
    'no TLS to a port with',
    () => [addressOf('tls', ANNA).replace('amqps:', 'amqp:')],
    /^CONFIGURATION: .*amqps:/,
  ],
])('%s ends the start at once, and says what to do', async (_, how, words) => {
  expect(await whyNot(...how())).toMatch(words);
});

test('a password that is changed is told of and tried again, and works once it is back', async () => {
  const one = await works(addressOf('plain', ANNA), undefined);
  await broker?.ctl('change_password', 'anna', 'another');
  cutOff(one.transport);
  await eventually(() => one.transport.state.status === 'connecting');
  await eventually(() => one.log.some((line) => /warn: .*does not let 'anna' in.*tried again/.test(line)));
  await broker?.ctl('change_password', 'anna', PASSWORD);
  await eventually(() => one.transport.state.status === 'ready');
  expect(await one.client.request('echo', 2, { to: 'secured' })).toBe(2);
  expect(one.log.join()).not.toContain(PASSWORD);
}, 60_000);

test('certificates of files that have changed are used when it connects again', async () => {
  const files = { ca: join(folder, 'ca.crt'), cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  const write = (authority: Authority): void => {
    const { cert, key } = authority.issue({ cn: 'orders' });
    writeFileSync(files.ca, authority.cert);
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
  };
  write(trusted);
  const one = await works(addressOf('tls'), files);
  const next = new Authority('the next one');
  await rotate(next);
  cutOff(one.transport);
  await eventually(() => one.log.some((line) => /not trusted.*tried again/.test(line)));
  write(next);
  await eventually(() => one.transport.state.status === 'ready');
  expect(await one.client.request('echo', 2, { to: 'secured' })).toBe(2);
  expect(one.log.join('\n')).toContain('the TLS files have changed');
  await rotate(trusted);
}, 60_000);

/** Another authority for the broker and its clients. */
async function rotate(authority: Authority): Promise<void> {
  await broker?.certify({
    ...authority.issue({ cn: 'broker', dns: ['localhost'] }),
    ca: authority.cert,
  });
  await broker?.ctl('eval', 'ssl:clear_pem_cache().');
}
