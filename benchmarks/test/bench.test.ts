import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Report } from '../src/report/report.js';

const script = fileURLToPath(new URL('../dist/run.js', import.meta.url));

function run(...args: string[]): { process: ChildProcess; output: () => string; errors: () => string } {
  const child = spawn(process.execPath, [script, 'tcp', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { process: child, output: () => output, errors: () => errors };
}

test(
  'a short run measures every contender in every cell and saves what it prints',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const contenders = ['rookery-request', 'rookery-send', 'nest-tcp', 'raw-tcp', 'fastify-undici'];

    const only = ['--only', contenders.join(), '--in-flight', '1,20'];
    const bench = run(...only, '--seconds', '0.2', '--rounds', '1', '--save', '--to', folder);
    const [code] = (await once(bench.process, 'close')) as [number];

    expect(bench.errors()).not.toContain('FAILED');
    expect(code).toBe(0);
    const [file = ''] = readdirSync(folder);
    expect(file).toMatch(/^tcp-\d{4}-\d\d-\d\d\.json$/);
    const report = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report;
    expect(report).toMatchObject({
      suite: 'tcp',
      rounds: 1,
      seconds: 0.2,
      baseline: 'nest-tcp',
      failures: [],
    });
    expect(report.machine.pinned).toMatch(/^(client on core \d+, server on core \d+|not pinned: .+)$/);
    expect(report.versions).toMatchObject({
      node: process.versions.node,
      '@nestjs/microservices': expect.stringMatching(/^12\./) as string,
    });
    expect(report.measurements).toHaveLength(contenders.length * 4);

    const cells = ['small', '1k'].flatMap((payload) => [1, 20].map((inFlight) => ({ payload, inFlight })));
    expect(report.rows.map(({ payload, inFlight, contender }) => ({ payload, inFlight, contender }))).toEqual(
      cells.flatMap((cell) => contenders.map((contender) => ({ ...cell, contender }))),
    );
    for (const row of report.rows) {
      expect(row.callsPerSecond).toBeGreaterThan(0);
      expect(row.p99).toBeGreaterThanOrEqual(row.p50);
      expect(row.clientCpuPerCall).toBeGreaterThan(0);
      expect(row.serverCpuPerCall).toBeGreaterThan(0);
      expect(row.ratio?.median).toBeGreaterThan(0);
      if (row.contender === 'nest-tcp') expect(row.ratio).toEqual({ median: 1, min: 1, max: 1 });
      expect(bench.output()).toContain(row.contender);
    }
    expect(bench.output()).toContain('echo of 1 KiB JSON, 20 in flight');
  },
);

test('Ctrl-C ends the run and both of its processes', { timeout: 30_000 }, async () => {
  const bench = run('--only', 'raw-tcp', '--seconds', '60');
  await vi.waitFor(() => expect(bench.errors()).toContain('client'), { timeout: 10_000 });
  const pids = [...bench.errors().matchAll(/(?:client|server) (\d+)/g)].map((match) => Number(match[1]));
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(() => process.kill(pid, 0)).not.toThrow();

  bench.process.kill('SIGINT');
  const [code] = (await once(bench.process, 'close')) as [number];
  expect(code).toBe(130);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
