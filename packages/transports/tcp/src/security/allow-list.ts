import { ConfigurationError, hasWildcards, normalPattern, PatternTable } from '@rookery/core';

interface Entry {
  readonly pattern: string;
  readonly callers: ReadonlySet<string>;
}

/**
 * Who may use which patterns. A caller has to be named by every entry that matches, so that no entry opens what another
 * one closes, in whatever order they are written.
 */
export class AllowList {
  readonly #entries = new PatternTable<Entry>();

  /** @throws ConfigurationError that names the entry */
  constructor(allow: Readonly<Record<string, readonly string[]>>) {
    for (const [key, callers] of Object.entries(allow)) {
      if (!Array.isArray(callers) || !callers.every((caller) => typeof caller === 'string')) {
        throw new ConfigurationError(`allow: '${key}' has to have a list of callers, such as ['shop']`);
      }
      const pattern = normalPattern(key);
      this.#entries.add(pattern, { pattern, callers: new Set(callers) });
    }
  }

  /** Why `caller` may not use `pattern`; `undefined` if it may. */
  refusal(pattern: string, caller: string | undefined): string | undefined {
    if (!isPlain(pattern)) return `${pattern} is no pattern in its normal form, so nobody may use it`;
    const closed = this.#entries
      .match(pattern)
      .find(({ callers }) => caller === undefined || !callers.has(caller));
    if (!closed) return undefined;
    const who = caller === undefined ? 'a caller without a name' : `'${caller}'`;
    return `${who} may not use ${pattern}; the service's allow has to name it for '${closed.pattern}'`;
  }
}

/** Whether a message may have this pattern: another spelling of a pattern must not pass by its entry. */
function isPlain(pattern: string): boolean {
  if (hasWildcards(pattern)) return false;
  try {
    return normalPattern(pattern) === pattern;
  } catch {
    return false;
  }
}
