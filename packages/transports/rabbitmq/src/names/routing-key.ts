import { ConfigurationError } from '@rookery/core';
import { escapeWord, fitting, MAX_NAME, unescapeWord } from './escape.js';

/**
 * An event's routing key is `<to>.<slot>.<pattern>`:
 * - `all`, or `to:<service>` for one service only; with `:object` behind it for a pattern that is an object, which wildcards
 *   never match;
 * - `s00` to `s15`, the slot of its key, or `-` without a key;
 * - the tokens of the pattern, or the whole object as one word.
 */
export function routingKey(pattern: string, slot: number | undefined, to: string | undefined): string {
  return assembled(pattern, slotWord(slot), to, escapeWord);
}

/** The word for a slot, or for none. */
export function slotWord(slot: number | undefined): string {
  return slot === undefined ? '-' : `s${slot.toString().padStart(2, '0')}`;
}

/**
 * What an endpoint's queue is bound with to get the events of a pattern.
 *
 * @param slot the word for it; whichever it is when left out
 */
export function bindingKey(pattern: string, to: string | undefined, slot = '*'): string {
  return assembled(pattern, slot, to, (token, index, tokens) => {
    if (token === '*') return '*';
    // One token or more, where AMQP's # would take none as well.
    if (token === '>' && index === tokens.length - 1) return '*.#';
    return escapeWord(token);
  });
}

/** The pattern in a routing key, for what somebody else has published without saying more. */
export function patternIn(key: string): string {
  return key.split('.').slice(2).map(unescapeWord).join('.');
}

function assembled(
  pattern: string,
  slot: string,
  to: string | undefined,
  word: (token: string, index: number, tokens: readonly string[]) => string,
): string {
  const whom = to === undefined ? 'all' : `to:${escapeWord(to)}`;
  if (pattern.startsWith('{')) return fitting(`${whom}:object.${slot}.${escapeWord(pattern)}`);
  const key = `${whom}.${slot}.${pattern.split('.').map(word).join('.')}`;
  if (key.length <= MAX_NAME) return key;
  throw new ConfigurationError(
    `the pattern ${pattern.slice(0, 80)}… makes an AMQP routing key of ${key.length} bytes, and ${MAX_NAME} is the most; shorten it`,
  );
}
