// `npm test`: runs every suite and ends with one line, `N passed, N failed[, N skipped]`, summed over all of them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { document, documentOf } from '../guarantees/document.ts';
import type { Shown } from '../guarantees/shown.ts';
import { add, describeSkips, judge, lastLine, nothing, requireBrokers, type Tally } from './tally.ts';

/** Each is a command that leaves its Tally in the file that ROOKERY_TALLY names. */
const suites = [
  {
    name: 'vitest',
    command: 'vitest',
    args: [
      'run',
      '--reporter=default',
      '--reporter=./tools/test/tally-reporter.ts',
      '--reporter=./tools/guarantees/reporter.ts',
    ],
  },
];

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'rookery-tally-'));
const guarantees = join(folder, 'guarantees.json');
let sum = nothing;
for (const { name, command, args } of suites) {
  const file = join(folder, `${name}.json`);
  const env = { ...process.env, ROOKERY_TALLY: file, ROOKERY_GUARANTEES: guarantees };
  const { status } = spawnSync(command, args, { stdio: 'inherit', env, shell: process.platform === 'win32' });
  sum = add(sum, judge(name, status, read<Tally>(file)));
}
if (process.env['CI'] === 'true') {
  sum = requireBrokers(sum);
  // Where all ran, the page of what they show has to be true.
  if (sum.failures.length === 0 && (await documentOf(read<Shown[]>(guarantees) ?? [])) !== document())
    sum = add(sum, {
      ...nothing,
      failures: ['docs/guarantees.md is not what the suite shows: npm run guarantees'],
    });
}
rmSync(folder, { recursive: true });
for (const line of describeSkips(sum.skips)) console.log(line);
for (const failure of sum.failures) console.log(`failed: ${failure}`);
console.log(lastLine(sum));
process.exitCode = sum.failures.length === 0 ? 0 : 1;
