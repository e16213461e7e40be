import { ConfigurationError } from '../errors/conditions.js';

interface Wildcard<T> {
  readonly tokens: readonly string[];
  readonly value: T;
}

/** Whether a pattern in its normal form has wildcards: a token `*`, or `>` at its end. Object patterns have none. */
export function hasWildcards(pattern: string): boolean {
  if (pattern.startsWith('{')) return false;
  return (
    (pattern.includes('*') || pattern.includes('>')) && pattern.split('.').some((t) => t === '*' || t === '>')
  );
}

/**
 * Values under patterns. Tokens are separated by dots; `*` stands for exactly one token, `>` at the end for one or
 * more; everything else stands for itself. A value that matches by several of its patterns is found once.
 */
export class PatternTable<T> {
  readonly #exact = new Map<string, T[]>();
  readonly #wildcards: Wildcard<T>[] = [];

  /** @throws ConfigurationError when `>` is not the last token */
  add(pattern: string, value: T): void {
    if (hasWildcards(pattern)) {
      const tokens = pattern.split('.');
      const rest = tokens.indexOf('>');
      if (rest >= 0 && rest < tokens.length - 1) {
        throw new ConfigurationError(
          `'>' stands for the rest of a pattern, so nothing may follow it: ${pattern}`,
        );
      }
      this.#wildcards.push({ tokens, value });
      return;
    }
    const values = this.#exact.get(pattern);
    if (!values) this.#exact.set(pattern, [value]);
    else if (!values.includes(value)) values.push(value);
  }

  /** All values whose pattern matches `subject`: exact ones first, then wildcards, each in the order they were added. */
  match(subject: string): readonly T[] {
    const exact = this.#exact.get(subject);
    if (this.#wildcards.length === 0) return exact ?? NOTHING;
    const found = new Set<T>(exact);
    if (!subject.startsWith('{')) {
      const tokens = subject.split('.');
      for (const wildcard of this.#wildcards) if (matches(wildcard.tokens, tokens)) found.add(wildcard.value);
    }
    return [...found];
  }

  /** Every pattern, as it was added. */
  patterns(): string[] {
    return [...this.#exact.keys(), ...this.#wildcards.map(({ tokens }) => tokens.join('.'))];
  }
}

const NOTHING: readonly never[] = [];

function matches(pattern: readonly string[], subject: readonly string[]): boolean {
  for (let index = 0; index < pattern.length; index++) {
    const token = pattern[index];
    if (token === '>') return subject.length > index;
    if (index >= subject.length || (token !== '*' && token !== subject[index])) return false;
  }
  return pattern.length === subject.length;
}
