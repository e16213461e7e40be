import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { rookery } from './command.js';
import { letterOf, mailService } from './mail-service.js';

const somewhere = ['--service', 'users', '--url', 'tcp://127.0.0.1:1'];

afterEach(() => vi.unstubAllEnvs());

test.each<[string, string[], string]>([
  ['a command that there is not', ['letters'], 'there is no command letters; there is: dead-letters'],
  [
    'a subcommand that there is not',
    ['dead-letters', 'lst'],
    'there is no command dead-letters lst; there are: list, groups',
  ],
  ['an option that there is not', ['dead-letters', 'list', '--endpiont', 'x'], "Unknown option '--endpiont'"],
  ['an option without its value', ['dead-letters', 'list', '--url'], "'--url <value>' argument missing"],
  ['no service', ['dead-letters', 'list'], 'which service? Say --service users'],
  [
    'no address',
    ['dead-letters', 'list', '--service', 'users'],
    "where is 'users'? Say --url tcp://host:port",
  ],
  [
    'an address without a scheme',
    ['dead-letters', 'list', '--service', 'users', '--url', 'localhost:1'],
    'has no scheme: "localhost:1"',
  ],
  [
    'a scheme that there is not',
    ['dead-letters', 'list', '--service', 'users', '--url', 'udp://a:1'],
    'no transport for udp:',
  ],
  [
    'memory',
    ['dead-letters', 'list', '--service', 'users', '--url', 'memory:'],
    'only from within their own process',
  ],
  [
    'a time that is none',
    ['dead-letters', 'list', ...somewhere, '--since', 'soon'],
    '--since is soon; write 15m, 2h or 3d',
  ],
  [
    'a rate that is none',
    ['dead-letters', 'replay', ...somewhere, 'a', '--rate', '0'],
    '--rate is 0; it has to be a number',
  ],
  [
    'replay of nothing',
    ['dead-letters', 'replay', ...somewhere],
    'replay which letters? Name ids, a filter such as --group, or --all',
  ],
  ['drop of nothing', ['dead-letters', 'drop', ...somewhere], 'drop which letters?'],
  [
    'all and some',
    ['dead-letters', 'drop', ...somewhere, '--all', '--cause', 'x'],
    '--all takes all letters: leave it, or the filter, out',
  ],
  [
    'drop without a terminal',
    ['dead-letters', 'drop', ...somewhere, 'a'],
    'there is no terminal to ask at: say --yes',
  ],
  ['show of none', ['dead-letters', 'show', ...somewhere], 'show which letter?'],
  [
    'show of two',
    ['dead-letters', 'show', ...somewhere, 'a', 'b'],
    'what is b? dead-letters show does not take it',
  ],
  ['edit without a body', ['dead-letters', 'edit', ...somewhere, 'a'], 'say the new body once'],
  [
    'edit with what is no JSON',
    ['dead-letters', 'edit', ...somewhere, 'a', '--body', '{'],
    'the new body is not JSON',
  ],
  [
    'a file that is not there',
    ['dead-letters', 'edit', ...somewhere, 'a', '--body-file', '/none/there'],
    '--body-file cannot be read',
  ],
  [
    'a secret that is not there',
    ['dead-letters', 'list', ...somewhere, '--secret-file', '/none/there'],
    '--secret-file cannot be read',
  ],
])('%s: exit code 2, with what to write', async (_, args, message) => {
  vi.stubEnv('ROOKERY_URL', undefined);
  vi.stubEnv('ROOKERY_SERVICES', undefined);
  const { code, out, err } = await rookery(args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(message);
});

test('help, wherever it is asked for', async () => {
  const { code, out } = await rookery(['help']);
  expect([code, out.split('\n')[0]]).toEqual([0, 'rookery operates Rookery services.']);
  for (const args of [
    ['--help'],
    ['-h'],
    ['dead-letters'],
    ['dead-letters', '--help'],
    ['dead-letters', 'drop', '-h'],
  ])
    expect(await rookery(args)).toEqual({ code: 0, out, err: '' });
  expect(await rookery([])).toEqual({ code: 2, out, err: '' });
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(130);
});

test('a service that cannot be reached: exit code 3, with where and why', async () => {
  const { code, err } = await rookery(['dead-letters', 'list', ...somewhere, '--timeout', '0.2']);
  expect(code).toBe(3);
  expect(err).toMatch(
    /^rookery: UNAVAILABLE: 'users' could not be reached within 200 ms: .*tcp:\/\/127\.0\.0\.1:1.*ECONNREFUSED/,
  );
});

test('a service that does not let this one operate it: exit code 3, with what would have to be different', async () => {
  const { at } = await mailService({ control: false });
  expect(await rookery(['dead-letters', 'list', ...at])).toEqual({
    code: 3,
    out: '',
    err: "rookery: PERMISSION_DENIED: 'users' cannot be operated from outside (control: false)",
  });
});

test('the environment says where, and with what secret; the command line beats it', async () => {
  const secret = 'correct horse battery';
  const { url, deadLetters } = await mailService({ secret });
  await deadLetters.put(letterOf('a', 0));
  vi.stubEnv('ROOKERY_SERVICES', `users=${url}`);
  vi.stubEnv('ROOKERY_SECRET', secret);
  const list = ['dead-letters', 'list', '--service', 'users'];
  expect(await rookery(list)).toMatchObject({ code: 0, err: '1 dead letter' });
  expect(await rookery([...list, '--as', 'shop'])).toMatchObject({
    code: 3,
    err: expect.stringContaining("'shop' may not operate"),
  });

  vi.stubEnv('ROOKERY_SERVICES', 'users=tcp://127.0.0.1:1');
  vi.stubEnv('ROOKERY_SECRET', 'another one that is long enough');
  const folder = await mkdtemp(join(tmpdir(), 'rookery-cli-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'secret'), `${secret}\n`);
  expect(await rookery([...list, '--url', url, '--secret-file', join(folder, 'secret')])).toMatchObject({
    code: 0,
  });
  expect(await rookery([...list, '--url', url])).toMatchObject({
    code: 3,
    err: expect.stringContaining('UNAUTHENTICATED'),
  });
});
