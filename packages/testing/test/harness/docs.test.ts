import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const root = new URL('../../../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

/** Without indentation, so that an excerpt may begin anywhere. */
const flush = (code: string): string => code.trim().replace(/^[ \t]+/gm, '');

const page = await read('docs/testing.md');
const snippets = [...page.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)].map(([, file, code]) => ({
  file: file ?? '',
  code: code ?? '',
}));

test('the page names the file of each piece of code', () => {
  expect(snippets.length).toBe(page.split('```ts').length - 1);
  expect(snippets.length).toBeGreaterThan(3);
});

test.for(snippets)('the page shows what stands in $file', async ({ file, code }) => {
  expect(flush(await read(file))).toContain(flush(code));
});
