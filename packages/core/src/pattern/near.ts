const SHOWN = 3;

/** Distances are taken over this many characters, of this many candidates: a hostile pattern costs little. */
const LONGEST = 64;
const MOST = 200;

/** Up to three of `candidates` that someone who wrote `pattern` may have meant, nearest first. */
export function nearPatterns(pattern: string, candidates: readonly string[]): string[] {
  const wanted = pattern.toLowerCase();
  const near: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates.slice(0, MOST)) {
    const limit = Math.floor(Math.max(pattern.length, candidate.length) * 0.4);
    if (Math.abs(pattern.length - candidate.length) > limit) continue;
    const distance = editDistance(wanted.slice(0, LONGEST), candidate.toLowerCase().slice(0, LONGEST), limit);
    if (distance <= limit) near.push({ candidate, distance });
  }
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, SHOWN)
    .map(({ candidate }) => candidate);
}

/** Levenshtein's distance, or something above `limit` as soon as it must be that. */
function editDistance(a: string, b: string, limit: number): number {
  let row = Uint8Array.from({ length: b.length + 1 }, (_, index) => index);
  let next = new Uint8Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    let least = i;
    next[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(row, j - 1) + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      const distance = Math.min(substitution, at(row, j) + 1, at(next, j - 1) + 1);
      next[j] = distance;
      if (distance < least) least = distance;
    }
    if (least > limit) return least;
    [row, next] = [next, row];
  }
  return at(row, b.length);
}

function at(row: Uint8Array, index: number): number {
  return row[index] ?? 0;
}
