/** A bounded memory of immutable things. @module */

export interface Cache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T, size: number): void;
}

/** Keeps the most recently used values up to `capacity` in the caller's unit of size. */
export function createCache<T>(capacity: number): Cache<T> {
  const entries = new Map<string, { value: T; size: number }>();
  let total = 0;
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, size) {
      total += size - (entries.get(key)?.size ?? 0);
      entries.delete(key);
      entries.set(key, { value, size });
      for (const [oldest, entry] of entries) {
        if (total <= capacity) break;
        entries.delete(oldest);
        total -= entry.size;
      }
    },
  };
}
