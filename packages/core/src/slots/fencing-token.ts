/**
 * The fencing token of whoever takes a slot over: larger than every one before it that is known, and where none is known, as
 * after a restart of all, larger than one that was given at an earlier time. A safe integer, near the milliseconds since the
 * Unix epoch.
 *
 * @param last the largest one that is known; 0 for none
 * @param epoch milliseconds since the Unix epoch
 * @see https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
 */
export function fencingTokenAfter(last: number, epoch: number): number {
  return Math.max(Math.floor(epoch), last + 1);
}
