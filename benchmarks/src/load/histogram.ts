/** Values below this are counted exactly; above it each power of two is cut into half as many buckets. */
const EXACT = 256;
const HALF = EXACT / 2;
/** Of a 31-bit value: one bucket per exact value, then HALF for each of the other 23 powers of two. */
const BUCKETS = EXACT + 23 * HALF;
const LARGEST = 2 ** 31 - 1;
const PER_MICROSECOND = 10;

/**
 * Counts latencies in log-linear buckets: a fixed 13 KB, one increment per value, and a quantile that is
 * at most 0.8 % (or 0.1 us) off. Values over 214 s count as 214 s.
 */
export class Histogram {
  private readonly counts = new Uint32Array(BUCKETS);
  private total = 0;

  /** How many values were recorded. */
  get count(): number {
    return this.total;
  }

  /** @param microseconds - zero or more */
  record(microseconds: number): void {
    const tenths = Math.min(microseconds * PER_MICROSECOND, LARGEST) | 0;
    const bucket = bucketOf(tenths);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.total++;
  }

  /**
   * The latency in microseconds that `share` of the values do not exceed (the middle of its bucket);
   * NaN when nothing was recorded.
   * @param share - 0.5 for the median, 0.99 for p99
   */
  quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.counts[bucket] ?? 0;
      if (seen >= rank) return middleOf(bucket) / PER_MICROSECOND;
    }
    return Number.NaN;
  }
}

function bucketOf(value: number): number {
  if (value < EXACT) return value;
  const shift = 24 - Math.clz32(value); // leaves HALF <= value >> shift < EXACT
  return shift * HALF + (value >> shift);
}

function middleOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const shift = Math.floor(bucket / HALF) - 1;
  const lowest = (bucket - shift * HALF) * 2 ** shift;
  return lowest + 2 ** (shift - 1);
}
