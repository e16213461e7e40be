import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { pageOf } from './page.ts';
import type { Shown } from './shown.ts';

/** The page itself. */
export const file = fileURLToPath(new URL('../../docs/guarantees.md', import.meta.url));

const CASES = '../packages/testing/src/conformance/cases';
const folder = fileURLToPath(new URL(`../../docs/${CASES}`, import.meta.url));

/** The page as it has to be, formatted as all files are. */
export async function documentOf(shown: readonly Shown[]): Promise<string> {
  const sources = readdirSync(folder).map((name) => ({
    name,
    text: readFileSync(join(folder, name), 'utf8'),
  }));
  const sourceOf = (name: string): string => {
    const source = sources.find(({ text }) => text.includes(`'${name}'`) || text.includes(`"${name}"`));
    return source ? `${CASES}/${source.name}` : CASES;
  };
  return format(pageOf(shown, sourceOf), { ...(await resolveConfig(file)), filepath: file });
}

/** What the page says now; empty when there is none. */
export function document(): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
