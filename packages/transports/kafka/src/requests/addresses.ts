/** Where the frames for one certain replica of a service go, whichever transport it has. */
export function replicaAddress(service: string, replica: string): string {
  return `${service}#${replica}`;
}

/** Decides the partition for an address, modulo their number: FNV-1a over its UTF-8 bytes, 31 bits. Never change it. */
export function partitionOf(address: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(address, 'utf8')) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 1;
}
