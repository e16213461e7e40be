import { Program } from '@rookery/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildOf, inHistory } from './versions/previous-build.js';
import previous from './versions/previous.json' with { type: 'json' };

const here = new URL('versions/peer.ts', import.meta.url);
const known = inHistory(previous.commit);

let there: ReturnType<typeof buildOf> | undefined;
beforeAll(() => {
  if (known) there = buildOf(previous.commit, here);
}, 60_000);
afterAll(() => there?.remove());

/** What a caller of one build finds when it tries everything with a server of another. */
async function conversation(caller: URL, server: URL): Promise<string[]> {
  const serving = await Program.start({ script: server, args: ['serve'], ready: 'listening' });
  onTestFinished(() => serving.kill());
  const port = serving.lines.at(-1)?.split(' ')[1] ?? '';
  const calling = await Program.start({ script: caller, args: ['call', port], ready: 'done' });
  expect(await calling.ended).toBe('0');
  expect(await serving.ended).toBe('0');
  const [callersBuild, ...said] = calling.lines;
  expect(callersBuild).not.toBe(serving.lines[0]);
  return said;
}

const ALL = ['requests', 'context', 'streams', 'errors', 'large bodies', 'events', 'drain', 'done'];

describe(`this build and that of ${previous.commit.slice(0, 7)} (${previous.what})`, () => {
  test(
    'a caller of the previous build talks to a server of this one',
    { timeout: 60_000 },
    async ({ skip }) => {
      if (!there) return skip(previous.without);
      expect(await conversation(there.program, here)).toStrictEqual(ALL);
    },
  );

  test(
    'a caller of this build talks to a server of the previous one',
    { timeout: 60_000 },
    async ({ skip }) => {
      if (!there) return skip(previous.without);
      expect(await conversation(here, there.program)).toStrictEqual(ALL);
    },
  );
});
