import { inspect } from 'node:util';
import type { LetterFailure } from './dead-letter.js';

const LONGEST_CAUSE = 2_000;
const LONGEST_STACK = 8_000;

/** What a person is told of an error: its name and message. */
export function describeFailure(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return typeof error === 'string' ? error : inspect(error, { breakLength: Infinity });
}

/** What a letter keeps of an error. */
export function letterFailure(error: unknown, at: number, replica: string | undefined): LetterFailure {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : undefined;
  return {
    at,
    cause: describeFailure(error).slice(0, LONGEST_CAUSE),
    ...(stack === undefined ? {} : { stack: stack.slice(0, LONGEST_STACK) }),
    ...(replica === undefined ? {} : { replica }),
  };
}
