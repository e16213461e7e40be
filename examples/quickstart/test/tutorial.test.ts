import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sharedBroker } from '@rookery/brokers';
import { eventually } from '@rookery/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { portsInARow, Program } from './program.js';

const dist = new URL('../dist/', import.meta.url);
const undo: (() => Promise<unknown>)[] = [];

/** Starts the tutorial with HTTP on `port` and its microservices on the two ports after it. */
type Start = (port: number) => Program[] | Promise<Program[]>;

const startWith =
  (environment: NodeJS.ProcessEnv): Start =>
  (port) => [new Program(new URL('start.js', dist), { PORT: String(port), ...environment })];

/** Stock Nest has its ports in the code, so a copy with free ones is run. */
const startStock: Start = async (port) => {
  const copy = await mkdtemp(join(tmpdir(), 'rookery-stock-'));
  undo.push(() => rm(copy, { recursive: true }));
  await cp(fileURLToPath(dist), copy, { recursive: true });
  await symlink(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(copy, 'node_modules'));
  await writeFile(join(copy, 'package.json'), '{ "type": "module" }');
  for (const file of ['math-on-stock/main.js', 'app-on-stock/main.js', 'app-on-stock/app.module.js']) {
    const code = await readFile(join(copy, file), 'utf8');
    const free = code.replace(/port: 3001/g, `port: ${port + 1}`).replace(/port: 3002/g, `port: ${port + 2}`);
    await writeFile(join(copy, file), free);
  }
  const main = (file: string) => new Program(pathToFileURL(join(copy, file)), { PORT: String(port) });
  return [main('math-on-stock/main.js'), main('app-on-stock/main.js')];
};

const kafka = sharedBroker('kafka');

const setups: [name: string, start: Start, absent?: string | undefined][] = [
  ['stock Nest over its TCP', startStock],
  ['Rookery in one process, ROOKERY_URL=memory:', startWith({ ROOKERY_URL: 'memory:' })],
  ['Rookery over TCP', startWith({})],
  [
    'Rookery over Kafka',
    // In a namespace: other tests have topics of the same names.
    startWith('url' in kafka ? { ROOKERY_URL: `${kafka.url}/tutorial-${process.pid}` } : {}),
    'absent' in kafka ? kafka.absent : undefined,
  ],
];

describe.each(setups)('the tutorial on %s', (_name, start, absent) => {
  let programs: Program[];
  let origin: string;

  const get = async (path: string) => {
    const response = await fetch(origin + path);
    return { status: response.status, body: await response.json() };
  };

  beforeEach(({ skip }) => {
    if (absent !== undefined) skip(absent);
  });

  beforeAll(async () => {
    if (absent !== undefined) return;
    const port = await portsInARow(3);
    origin = `http://127.0.0.1:${port}`;
    programs = await start(port);
    const answers = eventually(
      async () => expect(await get('/sum?numbers=0')).toMatchObject({ status: 200 }),
      { within: 20_000 },
    );
    const early = Promise.race(programs.map((program) => program.ended));
    await Promise.race([
      answers,
      early.then(() => Promise.reject(new Error(programs.map((p) => p.output).join('\n')))),
    ]);
  }, 30_000);

  afterAll(async () => {
    if (absent !== undefined) return;
    await Promise.all(programs.map((program) => program.stop()));
    for (const step of undo.splice(0)) await step();
  }, 30_000);

  it('sums over { cmd: "sum" }', async () => {
    expect(await get('/sum?numbers=1,2,3.5')).toEqual({ status: 200, body: { sum: 6.5 } });
  });

  it('gets a user that was created, and the user is welcomed', async () => {
    const response = await fetch(`${origin}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Ada' }),
    });
    expect(response.status).toBe(201);
    const user = (await response.json()) as { id: number };
    expect(await get(`/users/${user.id}`)).toEqual({ status: 200, body: { id: user.id, name: 'Ada' } });
    await eventually(async () =>
      expect(await get('/users/welcomes')).toEqual({ status: 200, body: ['Welcome, Ada!'] }),
    );
  });

  it('carries the payload of an RpcException', async () => {
    const body = { statusCode: 404, message: 'there is no user 7' };
    expect(await get('/users/7')).toEqual({ status: 404, body });
  });
});
