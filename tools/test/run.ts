// `npm test`: runs every suite and ends with one line, `N passed, N failed[, N skipped]`, summed over all of them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, describeSkips, judge, lastLine, nothing, requireBrokers, type Tally } from './tally.ts';

/** Each is a command that leaves its Tally in the file that ROOKERY_TALLY names. */
const suites = [
  {
    name: 'vitest',
    command: 'vitest',
    args: ['run', '--reporter=default', '--reporter=./tools/test/tally-reporter.ts'],
  },
];

function read(file: string): Tally | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Tally;
  } catch {
    return undefined;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'rookery-tally-'));
let sum = nothing;
for (const { name, command, args } of suites) {
  const file = join(folder, `${name}.json`);
  const env = { ...process.env, ROOKERY_TALLY: file };
  const { status } = spawnSync(command, args, { stdio: 'inherit', env, shell: process.platform === 'win32' });
  sum = add(sum, judge(name, status, read(file)));
}
rmSync(folder, { recursive: true });

if (process.env['CI'] === 'true') sum = requireBrokers(sum);
for (const line of describeSkips(sum.skips)) console.log(line);
for (const failure of sum.failures) console.log(`failed: ${failure}`);
console.log(lastLine(sum));
process.exitCode = sum.failures.length === 0 ? 0 : 1;
