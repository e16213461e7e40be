import { conformanceCases } from '@rookery/testing';
import { expect, it } from 'vitest';
import { document } from '../document.ts';
import { NOT_SHOWN, pageOf } from '../page.ts';
import { shownBy, type Shown } from '../shown.ts';

const [first, second, third] = conformanceCases;

it('reads what a test of the suite is about from its title', () => {
  const { promise, name } = first!;
  const suite = 'tcp keeps the promises';
  expect(shownBy(suite, `${promise}: ${name}`)).toEqual({ medium: 'tcp', name });
  const notHere = 'it has (no) bytes';
  expect(shownBy(suite, `${promise}: ${name} (not here: ${notHere})`)).toEqual({
    medium: 'tcp',
    name,
    notHere,
  });
  expect(shownBy(suite, `${promise}: ${name} and more`)).toBeUndefined();
  expect(shownBy('something else', `${promise}: ${name}`)).toBeUndefined();
});

it('says yes, no and not shown, each in its place', () => {
  const shown: Shown[] = [
    { medium: 'kafka', name: first!.name },
    { medium: 'tcp', name: first!.name, notHere: 'a | b' },
    { medium: 'tcp', name: second!.name },
  ];
  const lines = pageOf(
    shown,
    (name) => `of-${conformanceCases.findIndex((each) => each.name === name)}`,
  ).split('\n');
  const row = (name: string): string | undefined => lines.find((line) => line.startsWith(`| [${name}](`));
  expect(row(first!.name)).toBe(`| [${first!.name}](of-0) | [no](#not-here-and-why) | [yes][kafka] |`);
  expect(row(second!.name)).toBe(`| [${second!.name}](of-1) | [yes][tcp] | not shown |`);
  expect(row(third!.name)).toBe(`| [${third!.name}](of-2) | not shown | not shown |`);
  expect(lines).toContain(`| tcp | ${first!.name} | a \\| b |`);
});

it('has a row for each case, and none that is not shown', () => {
  const page = document();
  const missing = conformanceCases.filter(({ name }) => !page.includes(`[${name}](`));
  expect(missing, 'run: npm run guarantees').toEqual([]);
  expect(page).not.toContain(NOT_SHOWN);
});
