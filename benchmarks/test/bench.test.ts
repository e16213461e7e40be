import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Report } from '../src/report/report.js';
import { runScript } from './run-script.js';

test(
  'a short run measures every contender in every cell and saves what it prints',
  { timeout: 180_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const contenders = ['rookery-request', 'rookery-send', 'nest-tcp', 'raw-tcp'];

    const size = '--in-flight 20 --seconds 0.2 --rounds 1'.split(' ');
    const save = ['--save', '--to', folder];
    const bench = runScript('run', 'tcp', '--only', contenders.join(), ...size, ...save);
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
    expect(report.measurements).toHaveLength(contenders.length * 2);
    for (const { disturbance } of report.measurements) {
      expect(disturbance).toBeGreaterThanOrEqual(0);
      expect(disturbance).toBeLessThanOrEqual(1);
    }

    const cells = ['small', '1k'].map((payload) => ({ payload, inFlight: 20 }));
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

test('Ctrl-C ends the run and both of its processes', { timeout: 40_000 }, async () => {
  const bench = runScript('run', 'tcp', '--only', 'raw-tcp', '--seconds', '2');
  await vi.waitFor(() => expect(bench.errors()).toContain('client'), { timeout: 25_000 });
  const pids = [...bench.errors().matchAll(/(?:client|server) (\d+)/g)].map((match) => Number(match[1]));
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(() => process.kill(pid, 0)).not.toThrow();

  bench.process.kill('SIGINT');
  const [code] = (await once(bench.process, 'close')) as [number];
  expect(code).toBe(130);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
