import { conformanceCases, type PromiseKept } from '@rookery/testing';
import type { Shown } from './shown.ts';

/** The media, in the order of their columns. */
const MEDIA = ['memory', 'tcp', 'rabbitmq', 'kafka', 'redis', 'nats'];

const PROMISES: Readonly<Record<PromiseKept, string>> = {
  answer: 'Answer',
  delivery: 'Delivery',
  order: 'Order',
  streams: 'Streams',
  context: 'Context',
  contract: 'Contract',
  shutdown: 'Shutdown and recovery',
  overload: 'Overload',
  neighbours: 'Neighbours',
};

const NOT_HERE = 'Not here, and why';

/** In the place of a case of which nothing is known. */
export const NOT_SHOWN = 'not shown';

/** Those of which anything was shown. */
export function mediaOf(shown: readonly Shown[]): readonly string[] {
  const seen = new Set(shown.map(({ medium }) => medium));
  return [
    ...MEDIA.filter((medium) => seen.has(medium)),
    ...[...seen].filter((medium) => !MEDIA.includes(medium)),
  ];
}

/** Those that a page has columns for. */
export function mediaIn(page: string): readonly string[] {
  const [, columns = ''] = /^\| promise +\|(.*)\|$/m.exec(page) ?? [];
  return columns.split('|').flatMap((each) => each.trim() || []);
}

/**
 * The page of what each medium keeps, from what the suite has shown.
 *
 * @param sourceOf the file of a case, from the folder of the page
 */
export function pageOf(shown: readonly Shown[], sourceOf: (name: string) => string): string {
  const media = mediaOf(shown);
  const find = (medium: string, name: string): Shown | undefined =>
    shown.find((each) => each.medium === medium && each.name === name);
  const cell = (medium: string, name: string): string => {
    const found = find(medium, name);
    if (!found) return NOT_SHOWN;
    return found.notHere === undefined ? `[yes][${medium}]` : '[no](#not-here-and-why)';
  };
  const promises = (Object.keys(PROMISES) as PromiseKept[]).filter((promise) =>
    conformanceCases.some((each) => each.promise === promise),
  );
  const casesOf = (promise: PromiseKept) => conformanceCases.filter((each) => each.promise === promise);
  const kept = (promise: PromiseKept, medium: string): string => {
    const all = casesOf(promise).map(({ name }) => find(medium, name));
    const here = all.filter((each) => each?.notHere === undefined);
    return `${here.filter(Boolean).length} of ${all.length}`;
  };
  const lines = [
    '# Guarantees',
    '',
    '<!-- Written by `npm run guarantees`; what is changed here by hand, CI finds. -->',
    '',
    'One suite, the same cases on each medium, against the real brokers; this page is made of what it has shown. A _yes_ leads to the test',
    'that ran it, the name of a case to what it does, a _no_ to the reason.',
    '',
    ...table(
      ['promise', ...media],
      promises.map((promise) => [
        `[${PROMISES[promise]}](#${anchor(PROMISES[promise])})`,
        ...media.map((medium) => kept(promise, medium)),
      ]),
    ),
    ...promises.flatMap((promise) => [
      '',
      `## ${PROMISES[promise]}`,
      '',
      ...table(
        ['case', ...media],
        casesOf(promise).map(({ name }) => [
          `[${name}](${sourceOf(name)})`,
          ...media.map((medium) => cell(medium, name)),
        ]),
      ),
    ]),
    '',
    `## ${NOT_HERE}`,
    '',
    ...table(
      ['medium', 'case', 'why'],
      media.flatMap((medium) =>
        conformanceCases.flatMap(({ name }) => {
          const why = find(medium, name)?.notHere;
          return why === undefined ? [] : [[medium, name, why]];
        }),
      ),
    ),
    '',
    ...media.map((medium) => `[${medium}]: ../packages/transports/${medium}/test/conformance.test.ts`),
    '',
  ];
  return lines.join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((each) => each.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function anchor(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}
