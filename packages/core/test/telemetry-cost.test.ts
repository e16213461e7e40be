import { expect, test } from 'vitest';
import { Telemetry } from '../src/telemetry/telemetry.js';

const ROUNDS = 5;
const LOOKS = 1_000_000;

test('without an SDK a message costs one look, and that little', () => {
  const telemetry = new Telemetry();
  let found = 0;
  const costs = Array.from({ length: ROUNDS }, () => {
    const began = process.hrtime.bigint();
    for (let count = 0; count < LOOKS; count++) if (telemetry.instruments) found++;
    return Number(process.hrtime.bigint() - began) / LOOKS;
  });
  const best = Math.min(...costs);
  console.info(`telemetry without an SDK: ${best.toFixed(1)} ns a message on each side`);
  expect(found).toBe(0);
  expect(best).toBeLessThan(250); // 50 on a quiet machine; this one may not be
});
