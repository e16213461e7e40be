import { ConfigurationError } from '../errors/conditions.js';

/** The limits up to which W3C Baggage has everybody pass it on. */
const MAX_ENTRIES = 64;
const MAX_BYTES = 8192;

/** A token of RFC 7230. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

interface Entry {
  readonly value: string;
  /** What stands behind the value, as it came; it has no meaning for Rookery. */
  readonly properties: string;
}

/**
 * W3C Baggage: names and values that everything below the work at hand sees, in this process and in others. Names are
 * tokens, values any text. It is visible to every service, and an outsider may have set it: decide nothing by it that
 * needs proof.
 *
 * What came is passed on as it came, until something is set or deleted.
 *
 * @see https://www.w3.org/TR/baggage/
 */
export class Baggage implements Iterable<[name: string, value: string]> {
  readonly #entries = new Map<string, Entry>();
  #header: string | undefined;

  /** @param header as it came; members that are malformed are left out */
  constructor(header?: string) {
    this.#header = header;
    if (header === undefined) return;
    for (const member of header.split(',', MAX_ENTRIES)) this.#read(member);
  }

  get(name: string): string | undefined {
    return this.#entries.get(name)?.value;
  }

  /**
   * Sets it for all that is called from now on.
   *
   * @throws ConfigurationError when the name is no token, or the whole would have more than 64 entries or 8,192 bytes
   */
  set(name: string, value: string): this {
    if (!NAME.test(name)) {
      throw new ConfigurationError(
        `'${name}' cannot be a name in baggage: it has to be a token, without spaces or any of ( ) < > @ , ; : \\ " / [ ] ? = { }`,
      );
    }
    const before = this.#entries.get(name);
    this.#entries.set(name, { value, properties: '' });
    const header = this.#write();
    if (this.#entries.size > MAX_ENTRIES || header.length > MAX_BYTES) {
      if (before) this.#entries.set(name, before);
      else this.#entries.delete(name);
      throw new ConfigurationError(
        `baggage with '${name}' would have ${this.#entries.size + 1} entries and ${header.length} bytes; others pass on at most ${MAX_ENTRIES} and ${MAX_BYTES}`,
      );
    }
    this.#header = header;
    return this;
  }

  /** Whether it was there. */
  delete(name: string): boolean {
    const known = this.#entries.delete(name);
    if (known) this.#header = this.#entries.size === 0 ? undefined : this.#write();
    return known;
  }

  get size(): number {
    return this.#entries.size;
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (const [name, { value }] of this.#entries) yield [name, value];
  }

  /** The header that says it; `undefined` when it is empty. */
  get header(): string | undefined {
    return this.#header;
  }

  #read(member: string): void {
    const end = member.indexOf(';');
    const pair = end === -1 ? member : member.slice(0, end);
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals)).trim();
    if (!NAME.test(name)) return;
    try {
      const value = decodeURIComponent(pair.slice(equals + 1).trim());
      this.#entries.set(name, { value, properties: end === -1 ? '' : member.slice(end).trim() });
    } catch {
      // not percent-encoded: malformed
    }
  }

  #write(): string {
    let header = '';
    for (const [name, { value, properties }] of this.#entries) {
      header += `${header && ','}${name}=${encodeURIComponent(value.toWellFormed())}${properties}`;
    }
    return header;
  }
}
