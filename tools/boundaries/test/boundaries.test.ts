import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'rookery-boundaries-'));
afterAll(() => rmSync(folder, { recursive: true }));

const manifest = JSON.stringify({ type: 'module', devDependencies: { rxjs: '7' } });

/** A repository in small: what keeps the rules, and one breach of each. */
const files = {
  'packages/core/src/index.ts': "export * from './a.js';\nexport * from './b.js';",
  'packages/core/src/a.ts': "import type { B } from './b.js';\nexport interface A { b: B }",
  'packages/core/src/b.ts': "import type { A } from './a.js';\nexport interface B { a: A }",
  'packages/core/src/barrel.ts': "export * from './index.js';",
  'packages/core/src/upwards.ts': "export * from '@rookery/memory';",
  'packages/core/src/undeclared.ts': "export * from 'rxjs';",
  'packages/core/src/lost.ts': "export * from './nowhere.js';",
  'node_modules/rxjs/package.json': '{ "name": "rxjs", "main": "index.js" }',
  'node_modules/rxjs/index.js': '',
  'packages/core/test/a.test.ts': "import '../src/index.js';\nimport '@rookery/testing';",
  'packages/transports/memory/src/index.ts': "import '@rookery/core';\nexport * from './own.js';",
  'packages/transports/memory/src/own.ts': 'export const own = 1;',
  'packages/transports/memory/src/sibling.ts': "import '@rookery/tcp';",
  'packages/transports/memory/src/by-path.ts': "import '../../../core/src/a.js';",
  'packages/transports/tcp/src/index.ts': "import '@rookery/core';",
  'packages/transports/tcp/src/suite.ts': "import '@rookery/testing';",
  'packages/nestjs/src/index.ts':
    "import '@rookery/core';\nexport const load = () => import('@rookery/memory');",
  'packages/nestjs/src/static.ts': "import '@rookery/memory';",
  'packages/testing/src/index.ts':
    "import '@rookery/core';\nimport '@rookery/memory';\nimport '@rookery/nestjs';",
  'packages/testing/src/on-demand.ts': "export const load = () => import('@rookery/core');",
};

it('allows what the design allows and reports the rest', () => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const path of ['.', 'packages/core', 'packages/transports/memory']) {
    writeFileSync(join(folder, path, 'package.json'), manifest);
  }
  for (const path of ['.dependency-cruiser.js', 'tsconfig.base.json', 'tools/boundaries/tsconfig.json']) {
    cpSync(join(root, path), join(folder, path));
  }

  expect(violations()).toEqual([
    'core-sees-only-what-it-may: core/upwards -> memory/index',
    'declared: core/undeclared -> node_modules/rxjs/index',
    'nestjs-sees-only-what-it-may: nestjs/static -> memory/index',
    'no-barrel-from-inside: core/barrel -> core/index',
    'no-cycles: core/a -> core/b',
    'no-src-sees-testing: tcp/suite -> testing/index',
    'on-demand-only-transports: testing/on-demand -> core/index',
    'packages-meet-by-name: memory/by-path -> core/a',
    'resolvable: core/lost -> ./nowhere',
    'transports-sees-only-what-it-may: memory/sibling -> tcp/index',
    'transports-sees-only-what-it-may: tcp/suite -> testing/index',
  ]);
});

/** `rule: from -> to`, with `packages/`, `src/` and the ending left out. */
function violations(): string[] {
  let report: string;
  try {
    report = execFileSync('depcruise', ['packages', '-T', 'json'], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    report = (error as { stdout: string }).stdout;
  }
  const { summary } = JSON.parse(report) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[] };
  };
  const short = (path: string): string => path.replace(/packages\/(transports\/)?|src\/|\.[jt]s$/g, '');
  return summary.violations
    .map(({ rule, from, to }) => `${rule.name}: ${short(from)} -> ${short(to)}`)
    .sort();
}
