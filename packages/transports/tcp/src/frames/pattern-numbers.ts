import type { Cursor } from './cursor.js';
import { malformed, MAX_PATTERNS } from './protocol.js';

/** The number that stands for "its text follows". */
export const INLINE = 0;

/** The sender's half: the numbers it has given to patterns on one connection. */
export class PatternNumbers {
  readonly #numbers = new Map<string, number>();

  /** The number of a pattern that was defined. */
  known(pattern: string): number | undefined {
    return this.#numbers.get(pattern);
  }

  /** The next number, which has to be told to the other side, or {@link INLINE} when all are given. */
  define(pattern: string): number {
    if (this.#numbers.size >= MAX_PATTERNS) return INLINE;
    const number = this.#numbers.size + 1;
    this.#numbers.set(pattern, number);
    return number;
  }
}

/** The receiver's half: the patterns behind the numbers. */
export class NumberedPatterns {
  readonly #patterns: string[] = [];

  /** Takes a PATTERN frame. */
  define(fields: Cursor): void {
    const number = fields.varint();
    if (number !== this.#patterns.length + 1 || number > MAX_PATTERNS)
      throw malformed(`pattern number ${number} out of turn`);
    this.#patterns.push(fields.restText());
  }

  /** Reads the pattern of a REQUEST or an EVENT. */
  read(fields: Cursor): string {
    const number = fields.varint();
    if (number === INLINE) return fields.text();
    const pattern = this.#patterns[number - 1];
    if (pattern === undefined) throw malformed(`pattern number ${number} was never defined`);
    return pattern;
  }
}
