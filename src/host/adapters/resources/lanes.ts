/** Work on one thing, one after the other. @module */

export interface Lanes {
  /** Runs work when everything that asked earlier for one of these keys is done. */
  run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T>;
}

/** Lanes by key; a key that nobody waits for takes no memory. */
export function createLanes(): Lanes {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(keys, work) {
      const before = Promise.all(keys.map((key) => tails.get(key)));
      const done = before.then(work);
      const tail = done.then(nothing, nothing);
      for (const key of keys) tails.set(key, tail);
      void tail.then(() => {
        for (const key of keys) if (tails.get(key) === tail) tails.delete(key);
      });
      return done;
    },
  };
}

function nothing(): void {}
