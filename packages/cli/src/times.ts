import { UsageError } from './usage-error.js';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A time as people write it, in milliseconds since the Unix epoch: `15m`, `2h` and `3d` before now, or as ISO 8601.
 *
 * @throws UsageError
 */
export function timeIn(text: string, option: string, now: number): number {
  const ago = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  if (ago) return now - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0);
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text).getTime() : NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(`${option} is ${text}; write 15m, 2h or 3d for so long ago, or 2026-11-21T10:00:00Z`);
}

/** A time for people to read, in UTC, to the second. */
export function shownTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
