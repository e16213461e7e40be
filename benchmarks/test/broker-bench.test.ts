import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedBroker } from '@rookery/brokers';
import { expect, onTestFinished, test } from 'vitest';
import type { Report } from '../src/report/report.js';
import { runScript } from './run-script.js';

test.for(['rabbitmq', 'kafka'] as const)(
  'a short run over %s has requests and events, beside stock Nest and the raw client',
  { timeout: 180_000 },
  async (kind, { skip }) => {
    const broker = sharedBroker(kind);
    if ('absent' in broker) return skip(broker.absent);
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const size = '--busy --payload small,event --in-flight 20 --seconds 0.2 --rounds 1'.split(' ');
    const env = { [`ROOKERY_${kind.toUpperCase()}_URL`]: broker.url };
    const bench = runScript('run', env, kind, ...size, '--save', '--to', folder);
    const [code] = (await once(bench.process, 'close')) as [number];

    expect(bench.output()).not.toContain('FAILED');
    expect(code).toBe(0);
    const [file = ''] = readdirSync(folder);
    const report = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report;
    expect(report).toMatchObject({ suite: kind, baseline: `nest-${kind}`, yardstick: `raw-${kind}` });
    expect(report.measurements).toHaveLength(3 * 2);
    for (const row of report.rows) {
      expect(row.callsPerSecond).toBeGreaterThan(0);
      if (row.payload === 'event') expect(row.handledPerSecond).toBeGreaterThan(0);
      else expect(row.handledPerSecond).toBeUndefined();
      expect(row.brokerCpuPerCall).toBeUndefined(); // it is not the run's own
      expect(row.ratio?.median).toBeGreaterThan(0);
      expect(row.ofYardstick?.median).toBeGreaterThan(0);
    }
    expect(bench.output()).toMatch(/^events at least .* times the raw client: event, 20 in flight: \d/m);
  },
);
