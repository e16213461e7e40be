/** What the suite needs of a test runner; vitest, Jest and node:test have it. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly test: (name: string, body: (...context: unknown[]) => Promise<void>, timeout?: number) => unknown;
}

/** Skips a test from inside. The contexts of vitest and node:test can; Jest has none, so put the reason into the name too. */
export function skip(context: unknown, reason: string): void {
  if (canSkip(context)) context.skip(reason);
}

function canSkip(context: unknown): context is { skip(reason: string): void } {
  const holds = typeof context === 'function' || (typeof context === 'object' && context !== null); // vitest's is callable
  return holds && 'skip' in context && typeof context.skip === 'function';
}
