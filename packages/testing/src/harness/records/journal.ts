import {
  decodeFailure,
  jsonCodec,
  normalPattern,
  PatternTable,
  type Body,
  type Clock,
  type Message,
  type Pattern,
} from '@rookery/core';
import type { Entry } from './records.js';

const codec = jsonCodec({ strict: false });

/** All that happened, in its order. */
export class Journal {
  readonly #clock: Clock;
  readonly #entries: Entry[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Virtual milliseconds, whole ones. */
  get now(): number {
    return Math.round(this.#clock.now());
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** What a record says of its message. */
  about({ envelope, body }: Message) {
    const { id, pattern } = envelope;
    const correlationId = envelope.correlationId ?? id;
    return { at: this.now, pattern, data: decoded(body), id, correlationId };
  }

  /** The entries of one type whose pattern matches, wildcards allowed; all of the type without a pattern. */
  of<T extends Entry['type']>(type: T, pattern?: Pattern): Extract<Entry, { type: T }>[] {
    const matches = matcher(pattern);
    return this.#entries.filter(
      (entry): entry is Extract<Entry, { type: T }> =>
        entry.type === type && (!('pattern' in entry) || matches(entry.pattern)),
    );
  }
}

/** A body as its receiver sees it; bytes as they are, and text that is no JSON as text. */
export function decoded(body: Body): unknown {
  try {
    return codec.decode(body);
  } catch {
    return body;
  }
}

/** An encoded failure as name and message. */
export function failureText(failure: string): string {
  return errorText(decodeFailure(failure, false));
}

export function errorText(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}`
    : (JSON.stringify(error) ?? String(error));
}

function matcher(pattern: Pattern | undefined): (other: string) => boolean {
  if (pattern === undefined) return () => true;
  const table = new PatternTable<true>();
  table.add(normalPattern(pattern), true);
  return (other) => table.match(other).length > 0;
}
