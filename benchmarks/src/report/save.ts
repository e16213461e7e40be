import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where results are committed. */
export const RESULTS = fileURLToPath(new URL('../../results', import.meta.url));

/**
 * Writes a report under its name and day.
 *
 * @param date ISO 8601
 * @returns the file
 */
export function save(folder: string, name: string, date: string, report: object): string {
  const file = join(folder, `${name}-${date.slice(0, 10)}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}
