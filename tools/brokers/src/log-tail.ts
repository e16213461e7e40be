import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launch } from './launch.js';

const LINES = 30;

/** The last lines of each of its logs that there are. */
export function tailOf({ folder, logs }: Launch): string {
  return logs
    .flatMap((name) => {
      const lines = linesOf(join(folder, name)).slice(-LINES);
      return lines.length === 0 ? [] : [`${name}:`, ...lines.map((line) => `  ${line}`)];
    })
    .join('\n');
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n');
  } catch {
    return [];
  }
}
