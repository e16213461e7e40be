import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runScript } from './run-script.js';

test('a short run tells what each policy of both sides costs', { timeout: 120_000 }, async () => {
  const bench = runScript('run', 'policies', '--rounds', '1', '--calls', '2000');
  const [code] = (await once(bench.process, 'close')) as [number];
  expect(bench.errors()).toBe('round 1 of 1\n');
  expect(code).toBe(0);
  for (const line of ['no policy', '+ deadline', '+ retry', '+ breaker', '+ shedding', '+ idempotency'])
    expect(bench.output()).toContain(line);
  expect(bench.output()).not.toContain('NaN');
});
