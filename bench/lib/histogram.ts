/** Sixty-four buckets per doubling: a percentile is at most about 1 % off, and recording costs no allocation. */
const BUCKETS_PER_OCTAVE = 64;
const OCTAVES = 40;

/** Positive values of any unit, such as latencies in microseconds, kept as counts per logarithmic bucket. */
export class Histogram {
  readonly #counts = new Float64Array(OCTAVES * BUCKETS_PER_OCTAVE);
  #total = 0;
  #max = 0;

  get total(): number {
    return this.#total;
  }

  get max(): number {
    return this.#max;
  }

  record(value: number): void {
    const bucket = value <= 1 ? 0 : Math.min(this.#counts.length - 1, Math.round(Math.log2(value) * BUCKETS_PER_OCTAVE));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    if (value > this.#max) this.#max = value;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = 0;
  }

  /** The value that `share` (0 to 1) of the recorded values do not exceed; NaN when nothing was recorded. */
  percentile(share: number): number {
    if (this.#total === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(share * this.#total));
    // The largest is known exactly, and may lie beyond the last bucket.
    if (rank === this.#total) return this.#max;
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return Math.min(this.#max, 2 ** (bucket / BUCKETS_PER_OCTAVE));
    }
    return this.#max;
  }
}
