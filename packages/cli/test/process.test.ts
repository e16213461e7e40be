import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '@rookery/testing';
import { expect, test } from 'vitest';
import { letterOf, mailService } from './mail-service.js';

const bin = fileURLToPath(new URL('../bin/rookery.js', import.meta.url));

test('as a process: the output for programs on one stream, words for people on the other', async () => {
  const { at, deadLetters } = await mailService();
  await deadLetters.put(letterOf('a', 0));
  const { stdout, stderr } = await promisify(execFile)(bin, ['dead-letters', 'list', ...at, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ letters: [{ messageId: 'a' }] });
  expect(stderr).toBe('');
});

test('as a process: drop refuses where there is no terminal, and the exit code says so', async () => {
  const { at, deadLetters } = await mailService();
  await deadLetters.put(letterOf('a', 0));
  const dropped = promisify(execFile)(bin, ['dead-letters', 'drop', ...at, '--all']);
  await expect(dropped).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes') });
  expect(deadLetters.size).toBe(1);
});

test('as a process: SIGINT ends a replay, which says how far it got', async () => {
  const service = await mailService();
  for (let n = 0; n < 50; n++) await service.deadLetters.put(letterOf(`e${n}`, n));
  const args = ['dead-letters', 'replay', ...service.at, '--all', '--yes', '--rate', '10'];
  const child = spawn(bin, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close');
  await eventually(() => expect(service.sent.length).toBeGreaterThan(1), { within: 10_000 });
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(said).toMatch(
    /^stopped: \d+ of 50 dead letters handled; no further one is begun, and those under way end there\n$/,
  );
  expect(service.deadLetters.size).toBe(50 - service.sent.length);
});

test('as a process: it ends when nobody reads its output any more', async () => {
  const service = await mailService();
  for (let n = 0; n < 200; n++) await service.deadLetters.put(letterOf(`e${n}`, n, 'x'.repeat(2_000)));
  const child = spawn(bin, ['dead-letters', 'export', ...service.at], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  child.stdout.destroy();
  expect(await ended).toEqual([0, null]);
  expect(said).toBe('');
});
