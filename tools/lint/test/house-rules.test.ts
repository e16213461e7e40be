import { ESLint } from 'eslint';
import { expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url).pathname;
const eslint = new ESLint({ cwd: root });

/** Files that exist, so that typed rules know their project; the text is ours. */
const core = 'packages/core/src/index.ts';
const tcp = 'packages/transports/tcp/src/index.ts';
const clock = 'packages/core/src/clock/clock.ts';
const aTest = 'packages/nestjs/test/nest-version.test.ts';

async function rulesFired(text: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: `${root}${filePath}` });
  return [...new Set(result?.messages.map((message) => message.ruleId ?? message.message))];
}

const syntax = 'no-restricted-syntax';
const globals = 'no-restricted-globals';
const properties = 'no-restricted-properties';
const imports = 'no-restricted-imports';

it.each([
  ['a default export', core, 'const a = 1;\nexport default a;', syntax],
  ['a default export by specifier', core, 'const a = 1;\nexport { a as default };', syntax],
  ['an enum', core, 'export enum E { A }', syntax],
  ['any', core, 'export const a: any = 1;', '@typescript-eslint/no-explicit-any'],
  [
    'a floating promise',
    core,
    'export function f(p: Promise<void>): void {\n  p;\n}',
    '@typescript-eslint/no-floating-promises',
  ],
  ['400 lines', core, '// line\n'.repeat(401), 'max-lines'],
  ['Date.now', core, 'export const a = Date.now();', properties],
  ['new Date()', core, 'export const a = new Date();', syntax],
  ['Date()', core, 'export const a = Date();', syntax],
  ['setTimeout', core, 'export const a = setTimeout;', globals],
  ['setTimeout of globalThis', core, 'export const a = globalThis.setTimeout;', properties],
  ['setTimeout taken apart', core, 'export const { setTimeout } = globalThis;', properties],
  ['setInterval', tcp, 'export const a = setInterval;', globals],
  ['setImmediate outside a transport', core, 'export const a = setImmediate;', globals],
  ['performance', core, 'export const a = performance.now();', globals],
  ['process.hrtime', core, 'export const a = process.hrtime.bigint();', properties],
  ['AbortSignal.timeout', core, 'export const a = AbortSignal.timeout(1);', properties],
  ['Math.random', core, 'export const a = Math.random();', properties],
  ['global crypto', core, 'export const a = crypto.randomUUID();', globals],
  ['node:crypto by name', tcp, "export { randomUUID } from 'node:crypto';", imports],
  [
    'node:crypto as a whole',
    core,
    "import * as crypto from 'node:crypto';\nexport const a = crypto.randomBytes(8);",
    imports,
  ],
  ['node:timers', tcp, "export { setTimeout } from 'node:timers';", imports],
  ['node:timers/promises', core, "export { setTimeout } from 'node:timers/promises';", imports],
  ['node:perf_hooks', core, "export { performance } from 'node:perf_hooks';", imports],
  ['an import() of timers', core, "export const a = import('node:timers/promises');", syntax],
  ['.only', aTest, "it.only('x', () => {});", syntax],
  ['.skip', aTest, "describe.skip('x', () => {});", syntax],
  ['.skip behind a modifier', aTest, "it.concurrent.skip('x', () => {});", syntax],
  ['.todo', aTest, "it.todo('x');", syntax],
  ['skipIf', aTest, "it.skipIf(true)('x', () => {});", syntax],
  ['runIf', aTest, "it.runIf(true)('x', () => {});", syntax],
  ['a skip without a reason', aTest, "it('x', ({ skip }) => skip());", syntax],
  ['a skip of the context without a reason', aTest, "it('x', (context) => context.skip());", syntax],
])('reports %s', async (_what, file, text, rule) => {
  expect(await rulesFired(text, file)).toContain(rule);
});

it.each([
  ['setImmediate in a transport', tcp, 'export const a = setImmediate;'],
  [
    'the globals in the clock',
    clock,
    'export const a = [Date.now(), new Date(), setTimeout, Math.random()];',
  ],
  ['a date made from a number', core, 'export const a = new Date(0);'],
  ['hashes of node:crypto', core, "export { createHash, timingSafeEqual } from 'node:crypto';"],
  ['a skip with a reason', aTest, "import { it } from 'vitest';\nit('x', ({ skip }) => skip('why'));"],
])('allows %s', async (_what, file, text) => {
  expect(await rulesFired(text, file)).toEqual([]);
});

it.each([
  ['packages/core/src/MyFile.ts', ['rookery/file-name']],
  ['packages/core/src/message-utils.ts', ['rookery/file-name']],
  ['packages/core/src/database.ts', []],
  ['packages/nestjs/src/rookery.module.ts', []],
])('judges the file name %s', async (filePath, expected) => {
  const judge = new ESLint({
    cwd: root,
    overrideConfig: { languageOptions: { parserOptions: { projectService: false, program: null } } },
    ruleFilter: ({ ruleId }) => ruleId === 'rookery/file-name',
  });
  const [result] = await judge.lintText('', { filePath: `${root}${filePath}` });
  expect(result?.messages.map((message) => message.ruleId)).toEqual(expected);
});
