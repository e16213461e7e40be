import type { BrokeredResult } from '@rookery/testing';
import { expect, test } from 'vitest';
import { tableOf } from '../dist/terminal/table.js';

const good: BrokeredResult = {
  ...{ scenario: 'killed', subject: 'Rookery', seconds: 1, deaths: [] },
  ...{ offered: 1_000, accepted: 1_000, acceptP99: 12, refused: {}, lost: 0, unhandled: 0 },
  ...{ repeated: 2, outOfOrder: 0, deadLetters: 0, requests: 5, answered: 4, failed: { LATE: 1 }, hung: 0 },
};
const bad: BrokeredResult = { ...good, subject: 'stock', lost: 7, refused: { a: 1, b: 2 }, deaths: ['x'] };

test('the table has a column for each who took part', () => {
  const lines = tableOf([bad, good], false).split('\n');
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  const cells = lines.map((line) => line.split('│').map((cell) => cell.trim()));
  expect(cells).toContainEqual(['', 'events offered', '1,000', '1,000', '']);
  expect(cells).toContainEqual(['', 'refused, with an error', '3', '0', '']);
  expect(cells).toContainEqual(['', 'accepted and lost', '7', '0', '']);
  expect(cells).toContainEqual(['', 'processes dead', '1', '0', '']);
});

test('what is lost is red, and what is not is green', () => {
  const line = tableOf([bad, good], true)
    .split('\n')
    .find((each) => each.includes('accepted and lost'));
  expect(line).toContain('\u001b[31m');
  expect(line?.indexOf('\u001b[32m')).toBeGreaterThan(line?.indexOf('\u001b[31m') ?? 0);
});
