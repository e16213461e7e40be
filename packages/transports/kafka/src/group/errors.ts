import { answered } from '../connection/failure.js';

/** The group does not know this member any more: all that it had may be with others. */
export function hasLostMembership(error: unknown): boolean {
  return answered(error, 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID');
}

/** The members are sharing out anew. */
export function isRebalancing(error: unknown): boolean {
  return answered(error, 'REBALANCE_IN_PROGRESS');
}

/** Another broker looks after the group now, or will in a moment. */
export function hasMovedCoordinator(error: unknown): boolean {
  return answered(error, 'NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS');
}

/** Why a member does not get into its group, for people. */
export function whyNotIn(error: unknown): string {
  if (!answered(error, 'INCONSISTENT_GROUP_PROTOCOL')) return 'the brokers cannot be reached';
  return 'others in the group share out in another way; if they are on stock Nest, stop them first, or set rolling: true';
}

/**
 * Why a replica was taken for dead, and what to do, for people.
 *
 * @param silence milliseconds since the group last had a word of it
 */
export function whyLost(error: unknown, silence: number, sessionTimeout: number): string {
  const waited = `the group had no word of this replica for ${Math.round(silence)} ms, and sessionTimeout is ${sessionTimeout}`;
  if (!hasLostMembership(error)) return `${waited}: the brokers could not be reached`;
  if (silence < sessionTimeout)
    return 'the group does not know this replica any more: its broker was started anew, somebody removed it, or the others shared out without it';
  return `${waited}: its process stood still, or was cut off; let handlers compute less at a time (fewer at once, or in a worker thread), or raise sessionTimeout`;
}
