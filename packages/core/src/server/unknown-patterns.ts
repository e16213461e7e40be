import { nearPatterns } from '../pattern/near.js';

/** How many unknown patterns are compared with the known ones; later ones get a plain answer, at no cost. */
export const MAX_COMPARED = 1_000;

/** Longer patterns are not compared, and cut where people read them. */
export const LONGEST_SHOWN = 200;

/** What to say of patterns that nobody handles. Each is looked into once, so that a flood of them costs little. */
export class UnknownPatterns {
  readonly #known: () => readonly string[];
  readonly #hints = new Map<string, string>();

  /** @param known the patterns that are handled */
  constructor(known: () => readonly string[]) {
    this.#known = known;
  }

  /** The end of a sentence that says there is no handler: what may have been meant, if anything. */
  hint(pattern: string): string {
    const hint = this.#hints.get(pattern);
    if (hint !== undefined) return hint;
    if (pattern.length > LONGEST_SHOWN || this.#hints.size >= MAX_COMPARED) return '';
    const found = this.#look(pattern);
    this.#hints.set(pattern, found);
    return found;
  }

  /** What is known has changed. */
  forget(): void {
    this.#hints.clear();
  }

  #look(pattern: string): string {
    const known = this.#known();
    const near = nearPatterns(pattern, known);
    if (near.length > 0) return `; did you mean ${near.join(' or ')}?`;
    return known.length === 0 ? '; it has none for any' : '';
  }
}

/** A pattern as people are shown it. */
export function shown(pattern: string): string {
  return pattern.length > LONGEST_SHOWN ? `${pattern.slice(0, LONGEST_SHOWN)}…` : pattern;
}
