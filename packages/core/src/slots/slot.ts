/** How many slots the keys of an event are spread over; fixed, because it is part of addresses on every medium. */
export const SLOT_COUNT = 16;

/**
 * The slot of a key: FNV-1a over its UTF-8 bytes, 32 bits, modulo {@link SLOT_COUNT}. Never change it: publishers and
 * consumers of different versions must agree.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function slotOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key, 'utf8')) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % SLOT_COUNT;
}
