import { expect, test } from 'vitest';
import { overload } from './overload.js';

test.each(['busy', 'later', 'waiting'] as const)(
  'ten times the load that a service can bear, whose handler of 5 ms is %s',
  { timeout: 20_000 },
  async (mode) => {
    const { capacity, goodput, loaded, server } = await overload(mode);
    process.stdout.write(`${mode}: ${JSON.stringify({ capacity, goodput, loaded, server })}\n`);
    expect(loaded.offered / 2.5).toBeGreaterThan(capacity * 8);
    expect(goodput).toBeGreaterThan(capacity * 0.8);
    expect(loaded.slow).toBeLessThan(1_000);
    expect(server.waiting).toBeLessThanOrEqual(10_000);
  },
);
