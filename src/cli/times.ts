/** Times as people read them. @module */

/** Keptn's nanosecond texts as `2026-01-31 12:00:00`, in UTC. */
export function dateOf(nanoseconds: string | undefined): string {
  if (!nanoseconds || !/^\d+$/.test(nanoseconds)) return "";
  return shortTime(new Date(Number(BigInt(nanoseconds) / 1_000_000n)).toISOString());
}

/** `2026-01-31T12:00:00.123Z` as `2026-01-31 12:00:00`. */
export function shortTime(time: string | undefined): string {
  return (time ?? "").replace("T", " ").replace(/(\.\d+)?Z$/, "");
}
