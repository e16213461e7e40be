import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrokeredResult } from '@rookery/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type BrokeredOutcome, type BrokeredReport, save, tableOf } from '../brokered/brokered-report.ts';

const result: BrokeredResult = {
  ...{ scenario: 'killed', subject: 'Rookery', seconds: 1, deaths: ['service.js 1'] },
  ...{ offered: 10, accepted: 9, acceptP99: 12, refused: { QUEUE_FULL: 1 }, lost: 0, unhandled: 1 },
  ...{ repeated: 2, outOfOrder: 3, deadLetters: 0, requests: 5, answered: 4, failed: {}, hung: 1 },
};
const seen: BrokeredOutcome = { scenario: 'killed', subject: 'Rookery', result, broken: [], words: 'last' };
const broken: BrokeredOutcome = { scenario: 'cut', subject: 'Rookery', broken: ['Error: no\nmore'] };

test('the table of a broker has a line for each who took part, and says what did not come to its end', () => {
  expect(tableOf([seen, broken]).split('\n').slice(2)).toEqual([
    '| killed   | Rookery | 10                | 9        | 12     | 0    | 1             | 2        | 3            | 5        | 4        | 1    | 1    |',
    '| cut      | Rookery | NOT SO: Error: no |',
  ]);
});

test('what is saved takes the place of the same of that day, and leaves the rest', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-report-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const report: BrokeredReport = {
    ...{ broker: 'kafka', date: '2026-11-21T10:00:00.000Z', node: 'v24', system: 'linux', cores: 2 },
    ...{ pace: {}, outcomes: [seen, broken] },
  };
  save(folder, report);
  const file = save(folder, {
    ...report,
    date: '2026-11-21T11:00:00.000Z',
    outcomes: [{ ...broken, broken: [] }],
  });
  const { date, outcomes } = JSON.parse(readFileSync(file, 'utf8')) as BrokeredReport;
  expect(file).toMatch(/kafka-2026-11-21\.json$/);
  expect(date).toBe('2026-11-21T11:00:00.000Z');
  const { words: _, ...saved } = seen;
  expect(outcomes).toEqual([saved, { ...broken, broken: [] }]);
});
