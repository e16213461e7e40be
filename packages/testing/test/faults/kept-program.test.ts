import { eventually, KeptProgram, type Program } from '@rookery/testing';
import { expect, onTestFinished, test } from 'vitest';

const script = new URL('child.ts', import.meta.url);

function keep(mode: string) {
  const [programs, deaths]: [Program[], string[]] = [[], []];
  let asked = 0;
  const kept = new KeptProgram(
    () => ({ script, args: ['ready', mode], ready: 'ready' }),
    (program) => programs.push(program),
    (how) => deaths.push(how),
    () => asked++,
  );
  onTestFinished(() => kept.kill());
  return { kept, programs, deaths, asked: () => asked };
}

test('a program that dies is started again, and how it died is told', async () => {
  const { kept, programs, deaths } = keep('beating');
  await kept.ready;
  await programs[0]?.kill();
  await eventually(() => programs.length === 2 && programs[1]?.lines.includes('ready') === true);
  expect(deaths).toHaveLength(1);
  expect(deaths[0]).toMatch(/^SIGKILL: ready/);
});

test('a program that does not get ready is one that died', async () => {
  const { deaths } = keep('broken');
  await eventually(() => deaths.length > 0);
  expect(deaths[0]).toMatch(/^3: .*no such thing/s);
});

test('a program that is asked to end stays ended, and did not die', async () => {
  const { kept, programs, deaths, asked } = keep('beating');
  await kept.ready;
  await kept.terminate();
  await kept.kill();
  expect([programs[0]?.exit, programs.length, deaths, asked()]).toStrictEqual(['7', 1, [], 1]);
});
