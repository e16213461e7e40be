import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type Broker, type Listeners, startBroker } from '@rookery/brokers';
import { isRookeryError, systemClock, systemRandom } from '@rookery/core';
import { fromUrl, kafka, type KafkaOptions } from '@rookery/kafka';
import { Authority, eventually, rejection } from '@rookery/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { fresh, party, type Party } from './party.js';
import { ask, serve } from './requests.js';

const trusted = new Authority();
const stranger = new Authority('a stranger');
const PASSWORD = 'p%w/@:ü';
const ANNA = `anna:${encodeURIComponent(PASSWORD)}@`;
const folder = mkdtempSync(join(tmpdir(), 'rookery-kafka-tls-'));

let broker: Broker | undefined;
let absent: string | undefined;
beforeAll(async () => {
  try {
    const own = trusted.issue({ cn: 'broker', dns: ['localhost'], ips: ['127.0.0.1'] });
    broker = await startBroker('kafka', {
      security: { tls: { ...own, ca: trusted.cert }, users: { anna: { password: PASSWORD } } },
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

let parties: Party[] = [];
beforeEach(({ skip }) => {
  if (absent !== undefined) skip(absent);
});
afterEach(async () => {
  await Promise.all(parties.map(({ transport }) => transport.close()));
  parties = [];
});

function addressOf(which: keyof Listeners | 'plain', user = ''): string {
  const url = new URL((which === 'plain' ? broker?.url : broker?.listeners[which]) ?? '');
  return `${url.protocol}//${user}${url.host}`;
}

function joined(options: KafkaOptions, service = fresh('secured')): { one: Party; service: string } {
  const one = party({ openTimeout: 20_000, ...options }, service);
  parties.push(one);
  serve(one, service);
  return { one, service };
}

async function works(options: KafkaOptions) {
  const { one, service } = joined(options);
  await one.transport.open();
  expect(await ask(one, service, '"1"', 10_000)).toBe('"1"');
  return { one, service };
}

function withoutSecrets(text: string): void {
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'not-this-one', 'PRIVATE KEY'])
    expect(text).not.toContain(secret);
}

/** What the start says, which must come at once, and nowhere a secret. */
async function whyNot(options: KafkaOptions): Promise<string> {
  const { one } = joined(options);
  const error = await rejection(one.transport.open());
  if (!isRookeryError(error)) throw error;
  const { transport, log } = one;
  const native = inspect([transport.describe(), transport.unwrap()], { depth: 8, getters: false });
  withoutSecrets([inspect(error, { depth: 10 }), ...log, native].join('\n'));
  return `${error.code}: ${error.message}`;
}

const ca = { ca: trusted.cert };
const certified = (): object => trusted.issue({ cn: 'orders' });

test.each<[string, () => KafkaOptions]>([
  ['TLS', () => ({ brokers: addressOf('tls'), tls: ca })],
  ['a certificate', () => ({ brokers: addressOf('mutual'), tls: { ...ca, ...certified() } })],
  ['a user and a password by PLAIN', () => ({ brokers: addressOf('sasl', ANNA) })],
  ['the same over TLS', () => ({ brokers: addressOf('saslTls', ANNA), tls: ca })],
  ['SCRAM-SHA-256', () => ({ brokers: `${addressOf('sasl', ANNA)}?sasl=scram-sha-256` })],
  ['SCRAM-SHA-512', () => ({ brokers: addressOf('saslTls', ANNA), tls: ca, sasl: 'scram-sha-512' })],
  ['a token', () => ({ brokers: addressOf('sasl'), sasl: { token: () => tokenOf('anna') } })],
  ['servername', () => ({ brokers: addressOf('tls'), tls: { ...ca, servername: 'localhost' } })],
])('%s: it works, and no secret is seen', async (_, options) => {
  const { one } = await works(options());
  const native = inspect([one.transport.describe(), one.transport.unwrap()], { depth: 6 });
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(native).not.toContain(secret);
});

test.each<[string, () => KafkaOptions, RegExp]>([
  [
    'a wrong password (PLAIN)',
    () => ({ brokers: addressOf('sasl', 'anna:not-this-one@') }),
    /^UNAUTHENTICATED: Kafka at kafka:\/\/127.*does not let user 'anna' in by PLAIN: check the name and the password/,
  ],
  [
    'a wrong password (SCRAM)',
    () => ({ brokers: addressOf('saslTls', 'anna:not-this-one@'), tls: ca, sasl: 'scram-sha-256' }),
    /^UNAUTHENTICATED: .*user 'anna' in by SCRAM-SHA-256/,
  ],
  ['an authority that is not trusted', () => ({ brokers: addressOf('tls') }), /^UNAUTHENTICATED: .*tls\.ca/],
  [
    'the wrong authority',
    () => ({ brokers: addressOf('tls'), tls: { ca: stranger.cert } }),
    /^UNAUTHENTICATED: .*not trusted.*tls\.ca/,
  ],
  [
    'a certificate for another name',
    () => ({ brokers: addressOf('tls'), tls: { ...ca, servername: 'other.example' } }),
    /^UNAUTHENTICATED: .*another name.*tls\.servername/,
  ],
  [
    'no certificate where one is wanted',
    () => ({ brokers: addressOf('mutual'), tls: ca }),
    /^UNAUTHENTICATED: .*certificate.*tls\.cert/,
  ],
  [
    'a certificate of this side that has expired',
    () => ({ brokers: addressOf('mutual'), tls: { ...ca, ...trusted.issue({ cn: 'orders', days: -1 }) } }),
    /^UNAUTHENTICATED: .*tls\.cert/,
  ],
  [
    'a certificate of this side by an authority that the broker does not trust',
    () => ({ brokers: addressOf('mutual'), tls: { ...ca, ...stranger.issue({ cn: 'orders' }) } }),
    /^UNAUTHENTICATED: .*tls\.cert/,
  ],
  [
    'TLS to a port without',
    () => ({ brokers: addressOf('plain').replace('kafka:', 'kafkas:') }),
    /^CONFIGURATION: .*does not speak TLS.*kafka:/,
  ],
  [
    'no TLS to a port with',
    () => ({ brokers: addressOf('tls').replace('kafkas:', 'kafka:') }),
    /^CONFIGURATION: .*kafkas:/,
  ],
  [
    'no user where one is wanted',
    () => ({ brokers: addressOf('sasl') }),
    /^CONFIGURATION: .*wants a user.*SCRAM-SHA-512.*user:password@/,
  ],
  [
    'a user where none is taken',
    () => ({ brokers: addressOf('plain', ANNA) }),
    /^CONFIGURATION: .*takes no user/,
  ],
])('%s ends the start at once, and says what to do', async (_, options, words) => {
  expect(await whyNot(options())).toMatch(words);
});

test('options that cannot work are refused, without a password', () => {
  for (const options of [
    { brokers: 'http://u:s3cret@127.0.0.1' },
    { brokers: 'kafka://u:s3cret@127.0.0.1/no_namespace' },
    { brokers: 'kafka://u:s3cret@127.0.0.1?sasl=gssapi' },
    { brokers: 'kafka://127.0.0.1?sasl=plain' },
    { brokers: 'kafka://u:%zzs3cret@127.0.0.1' },
    { brokers: 'kafkas://127.0.0.1', tls: { cert: trusted.cert } },
  ]) {
    expect(() => kafka(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
    expect(() => kafka(options)).not.toThrow('s3cret');
  }
});

test('certificates come from the options of Nest and the environment, too', () => {
  const from = { role: 'client', services: {}, insecure: false } as const;
  const security = { tls: { ca: trusted.cert } };
  const factory = fromUrl({ ...from, urls: [new URL('kafka://anna:pw@broker:1')], security });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const host = { service: undefined, replica: 'r', clock: systemClock, random: systemRandom, logger };
  expect(factory.create(host).describe().addresses).toEqual(['kafkas://broker:1']);
});

test('a client that is not let in says so to each call, and tries again later', async () => {
  const one = party({
    brokers: addressOf('sasl', 'anna:not-this-one@'),
    reconnect: { first: 5, longest: 50 },
  });
  parties.push(one);
  const error = await rejection(ask(one, 'nobody', '1', 10_000));
  expect(String(error)).toContain("does not let user 'anna' in");
});

test('certificates of files that have changed are used when it connects again', async () => {
  const files = { ca: join(folder, 'ca.crt'), cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  const write = (authority: Authority): void => {
    const { cert, key } = authority.issue({ cn: 'orders' });
    writeFileSync(files.ca, authority.cert);
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
  };
  write(trusted);
  const { one, service } = await works({ brokers: addressOf('mutual'), tls: files });
  const next = new Authority('the next one');
  await broker?.certify({
    ...next.issue({ cn: 'broker', ips: ['127.0.0.1'] }),
    ca: next.cert,
  });
  await broker?.restart();
  await eventually(() => one.log.some((line) => line.includes('not trusted')));
  write(next);
  await eventually(() => one.transport.state.status === 'ready', { within: 30_000 });
  expect(await ask(one, service, '"2"', 20_000)).toBe('"2"');
  expect(one.log.join('\n')).toContain('the TLS files have changed');
}, 120_000);

/** A token that nobody has signed, as the broker of the tests takes it. */
function tokenOf(sub: string): string {
  const now = Math.floor(performance.timeOrigin / 1_000) - 60;
  const parts = [{ alg: 'none' }, { sub, iat: now, exp: now + 3_600 }];
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
}
