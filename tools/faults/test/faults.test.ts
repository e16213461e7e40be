import { describe, expect, it } from 'vitest';
import { readOptions } from '../options.ts';
import { tableOf } from '../report.ts';

describe('the options of a run of faults', () => {
  it('are in full length, of all scenarios, and written nowhere', () => {
    const options = readOptions(['tcp'], ['tcp', 'grpc']);
    expect(options).toEqual({
      ...{ transport: 'tcp', only: undefined },
      ...{ short: false, alone: false, saveTo: undefined },
    });
  });

  it('say where results go', () => {
    expect(readOptions(['tcp', '--save'], ['tcp']).saveTo).toMatch(/tools[/\\]faults[/\\]results$/);
    expect(readOptions(['tcp', '--save', '--to', 'there'], ['tcp']).saveTo).toBe('there');
  });

  it('refuse a transport that there is not', () => {
    expect(() => readOptions([], ['tcp', 'grpc'])).toThrow('the transport is one of tcp, grpc, not ""');
    expect(() => readOptions(['http'], ['tcp'])).toThrow('not "http"');
  });
});

describe('the table of a run of faults', () => {
  it('has a line for each scenario, and says what is not so', () => {
    const seen = {
      ...{ scenario: 'killed', shows: 'none hangs', seconds: 1, sent: 10, ok: 8, hung: 0, worst: 12 },
      failed: { 'CONNECTION_LOST unknown': 2 },
      notes: { away: 5 },
    };
    const broken = { scenario: 'cut', shows: 'none hangs', broken: 'Error: 3 calls hung\nmore' };
    expect(tableOf([seen, broken])).toBe(
      [
        '| scenario | sent | ok | failed                     | hung | worst ms | seen                        |',
        '| -------- | ---- | -- | -------------------------- | ---- | -------- | --------------------------- |',
        '| killed   | 10   | 8  | CONNECTION_LOST unknown: 2 | 0    | 12       | away: 5                     |',
        '| cut      |      |    |                            |      |          | NOT SO: Error: 3 calls hung |',
      ].join('\n'),
    );
  });
});
