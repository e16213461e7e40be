import { readFileSync } from 'node:fs';
import * as core from '@rookery/core';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\| `(\w+)` +\| `(\w+)`/gm)];

test('every error is documented with its class and recourse, and nothing else is', () => {
  expect(rows.map(([, code]) => code).sort()).toEqual([...core.ERROR_CODES].sort());
  for (const [, code, name, recourse] of rows) {
    const Condition = (core as unknown as Record<string, new (message: string) => core.RookeryError>)[name!]!;
    expect(new Condition('').code).toBe(code);
    expect(new Condition('').recourse).toBe(recourse);
  }
});
