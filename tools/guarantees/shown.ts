import { conformanceCases } from '@rookery/testing';

/** What the suite has shown of one case on one medium. */
export interface Shown {
  readonly medium: string;
  /** Of the case. */
  readonly name: string;
  /** Why it was not run: the medium cannot keep it, or it says nothing about such a medium. */
  readonly notHere?: string | undefined;
}

const SUITE = / keeps the promises$/;

/**
 * What a test of the conformance suite is about; `undefined` for any other test.
 *
 * @param suite the name of what it is in
 */
export function shownBy(suite: string, test: string): Shown | undefined {
  const medium = SUITE.test(suite) ? suite.replace(SUITE, '') : undefined;
  if (medium === undefined) return undefined;
  for (const { promise, name } of conformanceCases) {
    const title = `${promise}: ${name}`;
    if (test === title) return { medium, name };
    const [, notHere] = test.startsWith(title)
      ? (/^ \(not here: (.*)\)$/.exec(test.slice(title.length)) ?? [])
      : [];
    if (notHere !== undefined) return { medium, name, notHere };
  }
  return undefined;
}
