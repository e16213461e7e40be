import { AssertionError } from 'node:assert';

/** What `promise` rejects with. @throws AssertionError when it does not */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new AssertionError({ message: 'it should have failed', actual: value, operator: 'rejection' });
}
