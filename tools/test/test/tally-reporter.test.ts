import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, expect, it } from 'vitest';
import type { Tally } from '../tally.ts';

const reporter = join(import.meta.dirname, '../tally-reporter.ts');

function tallyOf(files: Record<string, string>): Tally {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-reporter-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const report = join(folder, 'tally.json');
  const args = ['run', '--globals', `--root=${folder}`, `--reporter=${reporter}`];
  spawnSync('vitest', args, { env: { ...process.env, ROOKERY_TALLY: report } });
  return JSON.parse(readFileSync(report, 'utf8')) as Tally;
}

it('counts what passed, failed and was skipped with a reason', () => {
  const tally = tallyOf({
    'a.test.js': `
      it('passes', () => {});
      it('fails', () => expect(1).toBe(2));
      it('has a reason', ({ skip }) => skip('no lock'));
      it.skip('has none', () => {});
    `,
  });
  expect(tally.passed).toBe(1);
  expect(tally.skips).toEqual([{ test: ' > has a reason', reason: 'no lock' }]);
  expect(tally.failures).toEqual([' > fails: failed', ' > has none: skipped without a reason']);
});

it('counts what goes wrong outside of tests', () => {
  const tally = tallyOf({
    'broken.test.js': "throw new Error('does not load');",
    'hook.test.js':
      "describe('group', () => { afterAll(() => { throw new Error('in a hook'); }); it('passes', () => {}); });",
    'late.test.js': "it('passes', () => void Promise.reject(new Error('unhandled')));",
  });
  expect(tally.passed).toBe(2);
  expect(tally.failures.toSorted()).toEqual([
    expect.stringMatching(/broken\.test\.js: does not load$/),
    'group: in a hook',
    'outside any test: unhandled',
  ]);
});

it('counts a project without tests', () => {
  expect(tallyOf({}).failures).toEqual([': ran no tests']);
});
