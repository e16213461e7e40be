const LONGEST = 300;

/** Text in quotes, where the quote is no apostrophe: none of a letter before it, none after its end. */
const QUOTED = /(?<!\w)(['"`]).*?\1(?!\w)/gs;

/** Somebody's address. */
const MAIL = /[\p{L}\d._%+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu;

/** A word with a digit in it: a number, an id, an address. */
const WITH_DIGIT = /[\p{L}_-]*\d[\p{L}\d_]*(?:[-.:/@][\p{L}\d_]+)*/gu;

/**
 * What failures of one kind have in common: the cause without what differs from message to message. Text in quotes becomes
 * `'…'`; every mail address, and every word with a digit in it (numbers, UUIDs, ids, addresses), becomes `#`; white space
 * one blank; of what is left, the first 300 characters count.
 *
 *     TypeError: no user 4711 of tenant "acme"  ->  TypeError: no user # of tenant '…'
 */
export function causeKind(cause: string): string {
  return cause
    .slice(0, 4 * LONGEST)
    .replace(QUOTED, "'…'")
    .replace(MAIL, '#')
    .replace(WITH_DIGIT, '#')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST);
}
