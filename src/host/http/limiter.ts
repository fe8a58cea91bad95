/** Token buckets for bad tokens, one per client address. @module */

export interface Limiter {
  /** Takes one attempt; false when the client has none left. */
  take(client: string, now: number): boolean;
  /** A good token fills the bucket again. */
  refill(client: string): void;
}

interface Bucket {
  left: number;
  at: number;
}

const IDLE_MS = 3 * 60_000;
const MOST_CLIENTS = 10_000;

/** Keptn's limiter (http-api.md 1.4): idle buckets are forgotten after three minutes. */
export function createLimiter(rate: { perSecond: number; burst: number }): Limiter {
  const buckets = new Map<string, Bucket>();

  function forget(now: number): void {
    for (const [client, bucket] of buckets) {
      if (now - bucket.at < IDLE_MS && buckets.size <= MOST_CLIENTS) break;
      buckets.delete(client);
    }
  }

  return {
    take(client, now) {
      const known = buckets.get(client);
      const left = known
        ? Math.min(rate.burst, known.left + ((now - known.at) / 1_000) * rate.perSecond)
        : rate.burst;
      const granted = left >= 1;
      // Set anew, so that the map stays in order of use and the idle ones stand first.
      buckets.delete(client);
      buckets.set(client, { left: granted ? left - 1 : left, at: now });
      forget(now);
      return granted;
    },
    refill: (client) => void buckets.delete(client),
  };
}
