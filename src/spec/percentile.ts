/** Percentiles over small samples. @module */

/**
 * The value below which a fraction of the sample lies; 0 for an empty sample.
 *
 * Linear interpolation at position p·(n+1), counted from 1 (Keptn: lighthouse.md 3).
 */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = fraction * (sorted.length + 1);
  if (sorted.length === 0) return 0;
  if (position < 1) return sorted[0]!;
  if (position >= sorted.length) return sorted.at(-1)!;
  const index = Math.floor(position);
  const lower = sorted[index - 1]!;
  return lower + (position - index) * (sorted[index]! - lower);
}

/** The mean, summed from left to right; 0 for an empty sample. */
export function average(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length > 0 ? sum / values.length : 0;
}
