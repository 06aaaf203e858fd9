export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Nearest-rank percentiles, in ms. */
export function latencies(spans: readonly Span[]): Latencies {
  const sorted = spans.map(({ from, to }) => to - from).sort((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { count: sorted.length, p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) };
}

/** Those that were under way while nothing was down. */
export const outside = (spans: readonly Span[], faults: readonly Span[]): Span[] =>
  spans.filter((span) => !faults.some((fault) => span.from < fault.to && fault.from < span.to));
