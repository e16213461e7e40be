import { expect, test } from 'vitest';
import { OFFERED, overload } from './overload.js';

// `npm run overload` measures it on a quiet machine and asks for 80 %; without shedding it is 0, where handlers compute.
test.each(['busy', 'later', 'much later', 'waiting'] as const)(
  'ten times the load that a service can bear, whose handler of 5 ms is %s',
  { timeout: 30_000, retry: 2 }, // the machine may stand still: nobody is quick then
  async (mode) => {
    const { capacity, loaded, server } = await overload(mode);
    const goodput = loaded.answered / OFFERED.seconds;
    process.stdout.write(
      `${mode}: ${Math.round(goodput)} of ${Math.round(capacity)} requests a second, the slowest 1 % took ` +
        `${Math.round(loaded.slow)} ms; ${loaded.refused} refused, ${loaded.expired} expired, ${server.waiting} waited, ` +
        `${Math.round(server.heap / 1e6)} MB\n`,
    );
    expect(loaded.offered / OFFERED.seconds).toBeGreaterThan(capacity * 7);
    expect(goodput).toBeGreaterThan(capacity * 0.5);
    expect(loaded.refused).toBeGreaterThan(loaded.answered * 5);
    expect(loaded.expired).toBeLessThan(loaded.answered / 2);
    expect(loaded.slow).toBeLessThan(1_020); // by the wheel on which callers give up
    expect(server.waiting).toBeLessThanOrEqual(10_000);
    expect(server.heap).toBeLessThan(200e6);
    expect(server.now).toMatchObject({ inFlight: 0, handling: 0, waiting: 0 });
  },
);
