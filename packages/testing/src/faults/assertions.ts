import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { isRookeryError } from '@rookery/core';
import type { Load, LoadedCall } from './load/load.js';

/** That every call has ended in time, and the failures say whether the call may have been handled. */
export function assertHonest(load: Load): void {
  const report = load.report();
  assert.ok(report.sent > 0, 'nothing was sent');
  assert.ok(report.ok > 0, `nothing succeeded: ${JSON.stringify(report)}`);
  assert.equal(report.hung, 0, `${report.hung} calls hung: ${JSON.stringify(report)}`);
  for (const { error } of load.calls) {
    if (error === undefined) continue;
    assert.ok(isRookeryError(error), `not an error of Rookery’s: ${inspect(error)}`);
    assert.notEqual(
      error.recourse,
      'terminal',
      `the failure does not say what became of the call: ${error.message}`,
    );
  }
}

/** That no call failed. */
export function assertUnharmed(load: Load, calls: readonly LoadedCall[] = load.calls): void {
  assertHonest(load);
  const failed = calls.filter(({ error }) => error !== undefined);
  const [first] = failed;
  assert.equal(
    failed.length,
    0,
    `${failed.length} of ${calls.length} calls failed: ${inspect(first?.error)}`,
  );
}

/** The calls that began within this time. */
export function begunWithin(load: Load, from: number, to = Infinity): LoadedCall[] {
  const calls = load.calls.filter(({ began }) => began >= from && began < to);
  assert.ok(calls.length > 0, 'no call began within the time that is looked at');
  return calls;
}
