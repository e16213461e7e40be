import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { rookery } from './command.js';
import { letterOf, mailService, type MailService } from './mail-service.js';

const AT = Date.UTC(2026, 10, 21, 10, 0, 0);

/** A service with three letters of two kinds. */
async function three(): Promise<MailService> {
  const service = await mailService();
  await service.deadLetters.put(letterOf('a', AT, 'TypeError: no user 1', { key: 'k', headers: { a: 'b' } }));
  await service.deadLetters.put(letterOf('b', AT + 1_000, 'TypeError: no user 22'));
  await service.deadLetters.put(letterOf('c', AT + 61_000, 'RangeError: mail\n\u001b[31mbox full'));
  return service;
}

const idOf = (id: string) => letterOf(id, 0).id;
const letters = (command: string, { at }: MailService, ...more: string[]) => [
  'dead-letters',
  command,
  ...at,
  ...more,
];

afterEach(() => vi.unstubAllEnvs());

test('list: an aligned table, the oldest first; what a cause holds does not reach the terminal', async () => {
  const service = await three();
  expect(await rookery(letters('list', service))).toEqual({
    code: 0,
    out: `ID                LAST FAILURE          ENDPOINT  PATTERN       TRIES  REPLAYS  CAUSE
${idOf('a')}  2026-11-21T10:00:00Z  mail      user.created  5      0        TypeError: no user 1
${idOf('b')}  2026-11-21T10:00:01Z  mail      user.created  5      0        TypeError: no user 22
${idOf('c')}  2026-11-21T10:01:01Z  mail      user.created  5      0        RangeError: mail �[31mbox full
`,
    err: '3 dead letters',
  });
  const narrow = await rookery(letters('list', service, '--limit', '1'), { columns: 60 });
  expect(narrow.out.split('\n').map((line) => line.length)).toEqual([60, 60, 0]);
  expect(narrow.err).toBe('the first 1 dead letter; there are more: --limit, or groups');
});

test('list --json: for programs', async () => {
  const service = await three();
  const { out } = await rookery(
    letters('list', service, '--json', '--cause', 'NO USER', '--until', '2026-11-21T10:00:00Z'),
  );
  expect(JSON.parse(out)).toMatchObject({
    letters: [{ messageId: 'a', key: 'k', on: 'users-1' }],
    more: false,
    asked: ['users-1'],
  });
});

test('groups: by endpoint, pattern and kind of cause; a group is a filter', async () => {
  const service = await three();
  const { out, err } = await rookery(letters('groups', service));
  expect(err).toBe('3 dead letters in 2 groups');
  const [, first = ''] = out.split('\n');
  expect(first).toMatch(
    /^[0-9a-f]{8} {2}2 {6}2026-11-21T10:00:00Z {2}2026-11-21T10:00:01Z {2}mail {6}user.created {2}TypeError: no user #$/,
  );
  const group = first.slice(0, 8);
  expect((await rookery(letters('list', service, '--group', group))).err).toBe('2 dead letters');
  expect(JSON.parse((await rookery(letters('groups', service, '--json'))).out)).toMatchObject({
    groups: [{ id: group, count: 2 }, {}],
  });
});

test('show: all of one letter', async () => {
  const service = await three();
  const { code, out } = await rookery(letters('show', service, idOf('a')));
  expect([code, out]).toEqual([
    0,
    `dead letter    ${idOf('a')}
endpoint       mail of 'users'
tries          5, 0 of its replays failed
first failure  2026-11-21T10:00:00Z on users-1: TypeError: no user 1
last failure   2026-11-21T10:00:00Z on users-1: TypeError: no user 1
    at send (mail.js:1:2)
    at run (x.js:3:4)
message
  id: a
  pattern: user.created
  key: k
headers
  a: b
body
  {
    "name": "Ada"
  }
`,
  ]);
  expect((await rookery(letters('show', service, idOf('a'), '--body'))).out).toBe('{"name":"Ada"}');
  expect(JSON.parse((await rookery(letters('show', service, idOf('a'), '--json'))).out)).toMatchObject({
    envelope: { key: 'k' },
  });
  expect(await rookery(letters('show', service, 'none'))).toEqual({
    code: 1,
    out: '',
    err: "rookery: 'users' has no dead letter none",
  });
});

test('replay: the letters that were named, and what became of each', async () => {
  const service = await three();
  expect(await rookery(letters('replay', service, idOf('a'), 'none'))).toEqual({
    code: 1,
    out: '',
    err: '1 of 1 dead letter handled, 1 not there',
  });
  expect(service.sent).toEqual([{ name: 'Ada' }]);
  service.broken = new Error('still no mail');
  const { code, err } = await rookery(letters('replay', service, '--cause', 'no user'));
  expect([code, err]).toEqual([
    1,
    `${idOf('b')} failed: Error: still no mail\n0 of 1 dead letter handled, 1 failed again`,
  ]);
  expect((await rookery(letters('list', service))).out).toMatch(/ 6 {6}1 {8}Error: still no mail\n/);
  service.broken = undefined;
  const done = await rookery(letters('replay', service, '--endpoint', 'mail', '--json'));
  expect([done.code, done.err]).toEqual([0, '2 of 2 dead letters handled']);
  expect(
    done.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { id: idOf('b'), outcome: 'handled', on: 'users-1' },
    { id: idOf('c'), outcome: 'handled', on: 'users-1' },
  ]);
});

test('replay --all and drop ask first, take no for an answer, and --yes answers for programs', async () => {
  const service = await three();
  const asked: string[] = [];
  const says = (yes: boolean) => (question: string) => {
    asked.push(question);
    return yes;
  };
  expect(await rookery(letters('replay', service, '--all'), { answer: says(false) })).toMatchObject({
    code: 1,
    err: 'nothing was replayed',
  });
  expect(await rookery(letters('drop', service, idOf('a')), { answer: says(false) })).toMatchObject({
    code: 1,
    err: '0 dead letters dropped',
  });
  expect(service.deadLetters.size).toBe(3);
  expect(await rookery(letters('drop', service, idOf('a')), { answer: says(true) })).toMatchObject({
    code: 0,
    err: '1 dead letter dropped',
  });
  expect(asked).toEqual([
    "replay 3 dead letters of 'users'?",
    "delete 1 dead letter of 'users' for good?",
    "delete 1 dead letter of 'users' for good?",
  ]);
  expect(await rookery(letters('replay', service, '--all'))).toEqual({
    code: 2,
    out: '',
    err: 'rookery: replay --all asks before it does it, and there is no terminal to ask at: say --yes',
  });
  expect(await rookery(letters('drop', service, '--all', '--yes', '--json'))).toMatchObject({
    code: 0,
    out: '{"dropped":2}\n',
  });
  expect(service.deadLetters.size).toBe(0);
});

test('what comes while a person thinks is not dropped', async () => {
  const service = await three();
  const put = vi.fn(() => void service.deadLetters.put(letterOf('new', AT + 99_000)));
  const { err } = await rookery(letters('drop', service, '--all'), { answer: () => (put(), true) });
  expect(err).toBe('3 dead letters dropped');
  expect(service.deadLetters.size).toBe(1);
});

test('edit: a new body from the command line, a file or the standard input; with --replay it is handled', async () => {
  const service = await three();
  const folder = await mkdtemp(join(tmpdir(), 'rookery-cli-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'body.json'), '{"name":"Grace"}\n');
  const id = idOf('a');
  expect(await rookery(letters('edit', service, id, '--body', '{"name":"Eve"}'))).toMatchObject({ code: 0 });
  expect((await rookery(letters('show', service, id))).out).toMatch(
    /edited {9}.* by operator[^]*"name": "Eve"[^]*body as it was published[^]*"Ada"/,
  );
  expect(await rookery(letters('edit', service, id, '--body-file', join(folder, 'body.json')))).toMatchObject(
    { code: 0 },
  );
  expect((await service.deadLetters.get(id))?.message.body).toBe('{"name":"Grace"}\n');
  const piped = await rookery(letters('edit', service, id, '--body-file', '-', '--replay'), {
    input: '{"name":"Joan"}',
  });
  expect(piped).toMatchObject({ code: 0, err: expect.stringContaining('1 of 1 dead letter handled') });
  expect(service.sent).toEqual([{ name: 'Joan' }]);
  expect(await rookery(letters('edit', service, id, '--body', '1'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('no dead letter'),
  });
});

test('export: all of each as NDJSON', async () => {
  const service = await three();
  const { code, out, err } = await rookery(letters('export', service, '--cause', 'no user'));
  expect([code, err]).toEqual([0, '2 dead letters exported']);
  const exported = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(exported).toMatchObject([{ id: idOf('a'), body: { text: '{"name":"Ada"}' } }, { id: idOf('b') }]);
});

test('Ctrl-C ends a replay: it says how far it got, and the rest is there', async () => {
  const service = await mailService();
  for (let n = 0; n < 20; n++) await service.deadLetters.put(letterOf(`e${n}`, AT + n));
  const interrupted = new AbortController();
  service.broken = new Error('no');
  const replaying = rookery(letters('replay', service, '--all', '--yes', '--rate', '20'), {
    interrupted: interrupted.signal,
    onErr: () => interrupted.abort(),
  });
  const { code, err } = await replaying;
  expect(code).toBe(130);
  expect(err).toMatch(/stopped: 0 of 20 dead letters handled, [12] failed again; no further one is begun/);
  expect(service.deadLetters.size).toBe(20);
});

test('Ctrl-C leaves whatever else is being waited for', async () => {
  const interrupted = new AbortController();
  const listing = rookery(['dead-letters', 'list', '--service', 'users', '--url', 'tcp://127.0.0.1:1'], {
    interrupted: interrupted.signal,
  });
  interrupted.abort();
  expect(await listing).toEqual({ code: 130, out: '', err: '' });
});

test('two replicas are asked, and one that is away is told', async () => {
  const one = await three();
  const other = await mailService({}, 'users-2');
  await other.deadLetters.put(letterOf('z', AT + 500));
  const both = ['--service', 'users', '--url', `${one.url},${other.url.replace('tcp://', '')}`];
  const { code, out, err } = await rookery(['dead-letters', 'list', ...both]);
  expect([code, err]).toEqual([0, '4 dead letters']);
  expect(out.split('\n')[2]).toMatch(/users-2 {2}TypeError: no mail$/);
  await other.server.close();
  const less = await rookery(['dead-letters', 'list', ...both]);
  expect(less.code).toBe(1);
  expect(less.err).toContain(`nobody was asked at ${other.url}`);
});

test('parked, release: a parked key is named, and handled in its order once what it needs is back', async () => {
  const service = await mailService();
  const { deadLetters } = service;
  for (const [order, id] of ['p', 'q'].entries()) {
    const letter = letterOf(id, AT + order * 1_000, order === 0 ? 'Error: no mail' : 'parked behind it', {
      key: 'k1',
    });
    await deadLetters.put({ ...letter, message: { ...letter.message, body: `"${id}"` }, parked: { order } });
  }
  await deadLetters.put(letterOf('free', AT));
  expect(await rookery(letters('parked', service))).toEqual({
    code: 0,
    out: `KEY  ENDPOINT  LETTERS  SINCE                 FIRST             CAUSE
k1   mail      2        2026-11-21T10:00:00Z  ${idOf('p')}  Error: no mail
`,
    err: '1 parked key',
  });
  const listed = await rookery(letters('list', service, '--parked', '--key', 'k1', '--json'));
  expect(JSON.parse(listed.out)).toMatchObject({
    letters: [{ messageId: 'p', parked: true }, { messageId: 'q' }],
  });
  expect((await rookery(letters('list', service))).out).toContain('PARKED KEY');

  const all = await rookery(letters('replay', service, '--key', 'k1'));
  expect([all.code, all.err]).toEqual([1, expect.stringContaining("its key 'k1' is parked: release that")]);
  expect((await rookery(letters('release', service))).err).toContain('release which keys?');
  expect((await rookery(letters('release', service, '--all', '--key', 'k1'))).code).toBe(2);

  service.broken = new Error('still no mail');
  const failed = await rookery(letters('release', service, '--key', 'k1'));
  expect(failed).toEqual({
    code: 1,
    out: '',
    err: `${idOf('p')} failed: Error: still no mail\n0 dead letters handled, 1 parked key left`,
  });
  service.broken = undefined;
  const released = await rookery(letters('release', service, '--key', 'k1'));
  expect(released).toEqual({ code: 0, out: '', err: '2 dead letters handled, 1 parked key released' });
  expect(service.sent).toEqual(['p', 'q']);
  expect((await rookery(letters('parked', service, '--json'))).out).toContain('"keys":[]');
  expect((await rookery(letters('release', service, '--all'))).code).toBe(1);
  expect(await deadLetters.list()).toHaveLength(1);
});
