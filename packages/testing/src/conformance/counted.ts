import { AssertionError } from 'node:assert';

/** 0 to `count` - 1. */
export function counted(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/**
 * That `values` are 0 to `count` - 1, in order. For long ones: where two thousands of values differ, the difference that
 * `deepEqual` works out takes seconds.
 */
export function assertCounted(values: readonly unknown[], count: number): void {
  const wrong = values.findIndex((value, index) => value !== index);
  if (wrong < 0 && values.length === count) return;
  const where = wrong < 0 ? '' : `: ${String(values[wrong])} is at ${wrong}`;
  const message = `${values.length} values, not 0 to ${count - 1} in order${where}`;
  throw new AssertionError({ message, actual: values[wrong], expected: wrong, operator: 'assertCounted' });
}
