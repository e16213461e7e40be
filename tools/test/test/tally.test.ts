import { describe, expect, it } from 'vitest';
import { add, describeSkips, judge, lastLine, nothing, requireBrokers, type Tally } from '../tally.ts';

const two: Tally = { passed: 2, failures: [], skips: [] };

describe('the last line', () => {
  it('sums the suites', () => {
    const other: Tally = { passed: 1, failures: ['a: b'], skips: [{ test: 'c', reason: 'd' }] };
    expect(lastLine(two)).toBe('2 passed, 0 failed');
    expect(lastLine(add(two, other))).toBe('3 passed, 1 failed, 1 skipped');
  });
});

describe('a suite fails', () => {
  it.each<[string, number | null, Tally | undefined, string]>([
    ['when it left no report', 0, undefined, 's: ended with code 0 and left no report'],
    ['when it was killed', null, undefined, 's: ended with code null and left no report'],
    ['when it ran no tests', 0, nothing, 's: ran no tests'],
    ['when it skipped all', 0, { ...nothing, skips: [{ test: 'a', reason: 'b' }] }, 's: ran no tests'],
    ['when its exit code says so', 1, two, 's: ended with code 1'],
  ])('%s', (_when, code, report, failure) => {
    expect(judge('s', code, report).failures).toEqual([failure]);
  });

  it('once, when its tests failed', () => {
    const report: Tally = { passed: 1, failures: ['a test'], skips: [] };
    expect(judge('s', 1, report)).toEqual(report);
  });
});

it('counts as it was reported when all is well', () => {
  expect(judge('s', 0, two)).toEqual(two);
});

it('prints skips by their reason', () => {
  const skips = [
    { test: 'a', reason: 'no lock' },
    { test: 'b', reason: 'no lock' },
    { test: 'c', reason: 'no broker' },
  ];
  expect(describeSkips(skips)).toEqual(['skipped 2 tests: no lock', 'skipped: c: no broker']);
});

it.each(['no RabbitMQ broker here: not installed', 'no Python clients here: they need pip'])(
  'turns a skip into a failure where there must be none: %s',
  (reason) => {
    const other = { test: 'a', reason: 'no lock' };
    const tally: Tally = { passed: 1, failures: ['x'], skips: [{ test: 'b', reason }, other] };
    expect(requireBrokers(tally)).toEqual({
      passed: 1,
      failures: ['x', `on CI nothing may be skipped: b: ${reason}`],
      skips: [other],
    });
  },
);
