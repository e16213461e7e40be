import { createHash } from 'node:crypto';

/** Bytes of the longest name or routing key that AMQP takes. */
export const MAX_NAME = 255;

const HASH_LENGTH = 64;

/** How many words are kept: each event needs those of its pattern, and there may be patterns without end. */
const MOST_KEPT = 1_000;
const words = new Map<string, string>();

/**
 * One word of a name or routing key: letters, digits, `_` and `-` as they are, every other byte of its UTF-8 as `%XX`, and
 * no text at all as `%`. Different texts have different words, and none of them is AMQP's `*` or `#`.
 */
export function escapeWord(text: string): string {
  const known = words.get(text);
  if (known !== undefined) return known;
  const word = wordOf(text);
  if (words.size < MOST_KEPT) words.set(text, word);
  return word;
}

function wordOf(text: string): string {
  if (text === '') return '%';
  return text.replace(/[^A-Za-z0-9_-]+/g, (part) => {
    let escaped = '';
    for (const byte of Buffer.from(part, 'utf8'))
      escaped += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    return escaped;
  });
}

/** The text of a word; what nobody has escaped is what it is. */
export function unescapeWord(word: string): string {
  if (word === '%') return '';
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** A name of escaped words, shortened by a hash of the whole if AMQP would not take it. */
export function fitting(name: string): string {
  if (name.length <= MAX_NAME) return name; // escaped words are ASCII
  const hash = createHash('sha256').update(name).digest('hex');
  return `${name.slice(0, MAX_NAME - HASH_LENGTH - 1)}~${hash}`;
}
