import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { conformanceCases } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { sabotages } from './teeth/sabotages.ts';

const bite = fileURLToPath(new URL('teeth/bite.ts', import.meta.url));

// In processes of their own: a broken transport leaves rejections that nobody awaits.
describe.concurrent('the suite has teeth', () => {
  for (const { what, fails, mayFail = [], wrap: _ } of sabotages) {
    test(`when ${what}, ${fails.length} cases fail, and no others`, { timeout: 120_000 }, async () => {
      const failed = await bitten(what);
      const beyond = failed.filter((name) => !fails.includes(name) && !mayFail.includes(name));
      // Many cases at once on a busy machine: one that fails by that alone passes by itself.
      const again = beyond.length === 0 ? [] : await bitten(what, beyond);
      expect([...failed.filter((name) => fails.includes(name)), ...again].sort()).toEqual([...fails].sort());
    });
  }
});

async function bitten(what: string, only: readonly string[] = []): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [bite, what, ...only]);
  return Object.keys(JSON.parse(stdout) as object);
}

test('every case that a sabotage names is there', () => {
  const names = new Set(conformanceCases.map(({ name }) => name));
  expect(names.size).toBe(conformanceCases.length);
  for (const { fails, mayFail = [] } of sabotages) {
    for (const name of [...fails, ...mayFail]) expect(names).toContain(name);
  }
});
