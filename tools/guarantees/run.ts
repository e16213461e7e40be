// `npm run guarantees`: runs the conformance suite on every medium, and writes docs/guarantees.md from what it has shown.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentOf, file } from './document.ts';
import type { Shown } from './shown.ts';

const folder = mkdtempSync(join(tmpdir(), 'rookery-guarantees-'));
const results = join(folder, 'shown.json');
const args = [
  'run',
  'test/conformance.test.ts',
  '--reporter=default',
  '--reporter=./tools/guarantees/reporter.ts',
];
const env = { ...process.env, ROOKERY_GUARANTEES: results };
const { status } = spawnSync('vitest', args, { stdio: 'inherit', env, shell: process.platform === 'win32' });
if (status === 0) writeFileSync(file, await documentOf(JSON.parse(readFileSync(results, 'utf8')) as Shown[]));
else console.error('docs/guarantees.md stays as it is: not all cases passed');
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
