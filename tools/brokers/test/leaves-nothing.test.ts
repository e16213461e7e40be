import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { answers } from '../src/answers.js';
import { skipWithoutRabbitmq } from './start-or-skip.ts';

const program = join(import.meta.dirname, '../dist/cli/run.js');

/** A temporary folder for the brokers of one test, and everything that runs with it in its environment. */
function place() {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-brokers-test-'));
  const { ROOKERY_RABBITMQ_URL: _, ...rest } = process.env;
  const env = { ...rest, TMPDIR: folder };
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return {
    start: (args: string[]): ChildProcess => {
      const child = spawn(process.execPath, args, {
        env,
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    },
    files: () => readdirSync(folder, { recursive: true }).map(String),
    /** Ids of processes, where /proc tells. */
    processes: () => {
      const ids = processIds();
      return ids.filter((id) => read(`/proc/${id}/environ`).includes(folder));
    },
  };
}

const processIds = (): string[] => {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  } catch {
    return [];
  }
};

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const gone = { timeout: 20_000, interval: 50 };

it('ends with its owner, however that ends', async ({ skip }) => {
  await skipWithoutRabbitmq(skip);
  const { start, files, processes } = place();
  const code = `
    const { startBroker } = await import('@rookery/brokers');
    console.log((await startBroker('rabbitmq', { env: {} })).url);
    process.stdin.resume();
    setInterval(() => {}, 1000);`;
  const owner = start(['--input-type=module', '-e', code]);
  const [url] = (await once(createInterface({ input: owner.stdout! }), 'line')) as [string];
  expect(await answers(url, 5_000)).toBe(true);
  owner.kill('SIGKILL');
  await expect.poll(files, gone).toEqual([]);
  await expect.poll(processes, gone).toEqual([]);
  expect(await answers(url, 1_000)).toBe(false);
}, 120_000);

it('is not there after Ctrl-C while it comes up', async ({ skip }) => {
  await skipWithoutRabbitmq(skip);
  const { start, files, processes } = place();
  const up = start([program, 'up', 'rabbitmq']);
  const ended = once(up, 'exit');
  await expect.poll(() => files().some((file) => file.endsWith('.pid')), gone).toBe(true);
  up.kill('SIGINT');
  expect(await ended).toEqual([null, 'SIGINT']);
  await expect.poll(files, gone).toEqual([]);
  await expect.poll(processes, gone).toEqual([]);
}, 120_000);

it('stays up for people from command to command, until it is taken down', async ({ skip }) => {
  await skipWithoutRabbitmq(skip);
  const { start, files, processes } = place();
  const run = async (...args: string[]) => {
    const child = start([program, ...args, 'rabbitmq']);
    const [said, complained, [code]] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      once(child, 'exit') as Promise<[number]>,
    ]);
    return { code, said, complained };
  };
  const up = await run('up');
  const url = up.said.trim().replace('export ROOKERY_RABBITMQ_URL=', '');
  onTestFinished(() => run('down').then(() => {}));
  expect(url).toMatch(/^amqp:/);
  expect(await run('status')).toMatchObject({ code: 0, said: expect.stringContaining(`answers at ${url}`) });
  expect((await run('kill')).code).toBe(0);
  expect((await run('status')).complained).toContain(`does not answer at ${url} (process none`);
  expect((await run('pause')).complained).toContain('does not run');
  expect((await run('restart')).said).toBe(up.said);
  expect(await run('pause', '--for', '300')).toMatchObject({
    code: 0,
    complained: expect.stringMatching(/paused\n.*goes on/),
  });
  expect((await run('pause')).code).toBe(0);
  expect((await run('up')).said).toBe(up.said);
  expect(await answers(url, 5_000)).toBe(true);
  expect((await run('down')).complained).toContain('is down');
  expect(files()).toEqual([]);
  expect(processes()).toEqual([]);
  expect(await run('kill')).toMatchObject({ code: 1, complained: expect.stringContaining('is not up') });
}, 180_000);
