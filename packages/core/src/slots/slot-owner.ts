/**
 * Which of several replicas has a slot: the one with the highest weight for it (rendezvous hashing). Everybody who knows
 * the same replicas comes to the same owner without a word, a replica that comes takes only the slots that it gets, and
 * one that goes leaves only those that it had.
 *
 * @see Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Transactions on Networking 6(1), 1998
 */
export function ownerOf<T extends { readonly replica: string }>(
  slot: number,
  candidates: Iterable<T>,
): T | undefined {
  let owner: T | undefined;
  let highest = -1;
  for (const candidate of candidates) {
    const weight = weightOf(slot, candidate.replica);
    // 32 bits may be equal by chance; the name decides then, so that all decide alike.
    if (owner && (weight < highest || (weight === highest && candidate.replica < owner.replica))) continue;
    owner = candidate;
    highest = weight;
  }
  return owner;
}

/**
 * What a replica has to set against others for a slot: `mix(FNV-1a(replica's UTF-8 bytes) xor mix(slot + 1))`, 32 bits.
 * Never change it: senders of different versions have to agree.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function weightOf(slot: number, replica: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(replica, 'utf8')) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  return mix(hash ^ mix(slot + 1));
}

/**
 * The finalizer of MurmurHash3 (fmix32), by Austin Appleby, in the public domain: each bit of its result depends on each
 * of the input, which FNV alone does not give for names that differ in their last letter.
 *
 * @see https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
function mix(value: number): number {
  let hash = value;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}
