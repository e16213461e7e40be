import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

/** Without indentation, so that an excerpt may begin anywhere. */
const flush = (code: string) => code.trim().replace(/^[ \t]+/gm, '');

const readme = await read('README.md');
const snippets = [...readme.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)].map(([, file, code]) => ({
  file: file ?? '',
  code: code ?? '',
}));

describe('the README', () => {
  it('names the file of each piece of code', () => {
    expect(snippets.length).toBeGreaterThan(5);
    expect(snippets.length).toBe(readme.split('```ts').length - 1);
  });

  it.each(snippets)('shows what stands in $file', async ({ file, code }) => {
    expect(flush(await read(file))).toContain(flush(code));
  });

  it.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'])(
    'and its links lead somewhere: %s',
    async (file) => {
      const links = [...(await read(file)).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
        ([, link]) => link ?? '',
      );
      expect(links.filter((link) => !existsSync(new URL(link, root)))).toEqual([]);
    },
  );
});
