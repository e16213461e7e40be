/** The command cannot be understood. The message says what is wrong and what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
