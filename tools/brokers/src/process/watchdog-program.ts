// Reads an Estate a line from its standard input, and when that closes, winds up the last of them; `null` is none.
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { end } from './own-process.js';
import type { Estate } from './watchdog.js';

let last: Estate | null = null;
for await (const line of createInterface({ input: process.stdin })) last = JSON.parse(line) as Estate | null;
if (last !== null) {
  await Promise.all(last.processes.map(end));
  await rm(last.folder, { recursive: true, force: true, maxRetries: 5 });
}
