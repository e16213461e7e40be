import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { eventually } from '@rookery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE, RunningShop } from './running-shop.js';

const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
const [, commands = '', output = ''] =
  /```sh\n(id=\$\(curl[^]*?)```\n\n```json\n([^]*?)```/.exec(readme) ?? [];

/** Each user has another id. */
const anyId = (text: string) => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');

describe("the README's lines", () => {
  let shop: RunningShop;
  let lines: string;

  beforeAll(async () => {
    shop = await new RunningShop().ready();
    lines = commands.replaceAll('http://127.0.0.1:3000', shop.origin);
  }, 30_000);

  afterAll(() => shop.stop(), 30_000);

  it('create a user, read it and show the welcome, as it says', async () => {
    expect(output).toContain('Welcome, Ada!');
    await eventually(async () => {
      const { stdout } = await promisify(execFile)('sh', ['-ec', lines]);
      expect(anyId(stdout)).toBe(anyId(output));
    }, PATIENCE);
  }, 30_000);

  it('are those that the shop itself proposes', () => {
    for (const line of lines.trim().split('\n')) expect(shop.log).toContain(`  ${line}\n`);
  });
});
