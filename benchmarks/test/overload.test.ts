import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runScript } from './run-script.js';

// How much is left of the capacity is for a quiet machine: what a test can tell is that it is measured, and judged.
test('a short overload is measured in each mode', { timeout: 90_000 }, async () => {
  const overload = runScript('overload', '--seconds', '1', '--tries', '1');
  const [code] = (await once(overload.process, 'close')) as [number];
  expect(overload.errors()).toBe('');
  for (const mode of ['busy', 'later', 'waiting']) {
    expect(overload.output()).toMatch(
      new RegExp(
        `^${mode}: capacity [1-9]\\d*/s; offered [1-9]\\d*/s, answered \\d+/s .*: (passed|FAILED)$`,
        'm',
      ),
    );
  }
  expect(code).toBe(overload.output().includes('FAILED') ? 1 : 0);
});

test('a length that makes no sense is refused', async () => {
  const overload = runScript('overload', '--seconds', 'long');
  expect(await once(overload.process, 'close')).toEqual([2, null]);
  expect(overload.errors()).toContain('--seconds is a number above 0');
});
