import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Ledger, NUMBER_BYTES } from '../src/soak/broker/ledger.js';

function write(file: string, ...numbers: number[]): void {
  const bytes = Buffer.alloc(numbers.length * NUMBER_BYTES);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number, index * NUMBER_BYTES);
  appendFileSync(file, bytes);
}

test('each number counts once, whoever handled it, and what is half written not yet', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const ledger = new Ledger(1_000);
  ledger.add(first);
  ledger.add(second);
  ledger.look(); // neither file is there
  expect(ledger.handled).toBe(0);

  write(first, 0, 1, 2, 999);
  write(second, 2, 3);
  ledger.look();
  expect(ledger).toMatchObject({ handled: 5, repeated: 1, shares: [4, 2] });

  appendFileSync(first, Buffer.from([4, 0]));
  ledger.look();
  ledger.look();
  expect(ledger).toMatchObject({ handled: 5, repeated: 1 });
  appendFileSync(first, Buffer.from([0, 0]));
  ledger.look();
  expect(ledger).toMatchObject({ handled: 6, repeated: 1 });
});
