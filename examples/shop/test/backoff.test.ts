import { describe, expect, it } from 'vitest';
import { Backoff } from '../src/supervisor/backoff.js';

describe('the wait before a process is started again', () => {
  it('doubles up to ten seconds while it ends soon after its start', () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 7 }, () => backoff.next(100));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('begins anew after it has lived for a while', () => {
    const backoff = new Backoff();
    backoff.next(100);
    backoff.next(100);
    expect(backoff.next(60_000)).toBe(500);
  });
});
