import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { quietMachine, watchOthers } from '../src/quiet.js';

test('what another process takes is seen, and what is our own is not counted', async () => {
  const others = watchOthers();
  const busy = spawn(process.execPath, ['-e', 'const end = Date.now() + 300; while (Date.now() < end);']);
  await once(busy, 'exit');
  const withIt = others(0);
  expect(withIt).toBeGreaterThan(0);
  expect(others(200_000)).toBeLessThan(withIt);
});

test('waiting for a quiet machine ends with the signal', async () => {
  await expect(quietMachine(60, AbortSignal.timeout(10))).rejects.toThrow('aborted');
});
