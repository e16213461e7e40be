/** How many names are kept; those of an application's headers may be without end. */
const MOST_KEPT = 200;

interface Known {
  readonly bytes: Buffer;
  readonly name: string;
}

/** By their length. */
const known = new Map<number, Known[]>();
let kept = 0;

/** The text of a header's name. All records have a few names, and the same ones, so that a look at the bytes is enough. */
export function headerName(bytes: Buffer): string {
  const alike = known.get(bytes.length) ?? [];
  for (const { bytes: own, name } of alike) if (same(own, bytes)) return name;
  const name = bytes.toString();
  if (kept < MOST_KEPT) {
    kept++;
    // its own copy: the other is a part of all that was read
    known.set(bytes.length, [...alike, { bytes: Buffer.from(bytes), name }]);
  }
  return name;
}

/** From their ends on, because most begin with the same prefix. */
function same(own: Buffer, bytes: Buffer): boolean {
  for (let index = own.length - 1; index >= 0; index--) if (own[index] !== bytes[index]) return false;
  return true;
}
