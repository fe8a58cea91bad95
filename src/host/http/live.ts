/** Tells waiting requests what was committed: one subscription for all of them. @module */
import type { LogEntry } from "../engine/controller_types.ts";
import type { HttpDeps } from "./deps.ts";

export interface Live {
  /**
   * Calls back after each commit that has entries, and once with none when the host stops.
   *
   * With `type` only commits that hold an entry of this type count.
   */
  watch(listener: (entries: readonly LogEntry[]) => void, type?: string): () => void;
  readonly stopping: boolean;
}

type Listener = (entries: readonly LogEntry[]) => void;

export function createLive(deps: Pick<HttpDeps, "controller" | "stopping">): Live {
  const byType = new Map<string, Set<Listener>>();
  const everything = new Set<Listener>();
  let unsubscribe: (() => void) | null = null;

  function heard(entries: readonly LogEntry[]): void {
    for (const listener of [...everything]) listener(entries);
    if (byType.size === 0) return;
    for (const type of new Set(entries.map((entry) => entry.event.type))) {
      for (const listener of [...(byType.get(type) ?? [])]) listener(entries);
    }
  }

  deps.stopping.addEventListener("abort", () => {
    const waiting = [...everything, ...[...byType.values()].flatMap((set) => [...set])];
    for (const listener of waiting) listener([]);
  });

  return {
    watch(listener, type) {
      unsubscribe ??= deps.controller.subscribe(heard);
      const set = type === undefined ? everything : (byType.get(type) ?? new Set<Listener>());
      set.add(listener);
      if (type !== undefined) byType.set(type, set);
      return () => {
        set.delete(listener);
        if (type !== undefined && set.size === 0) byType.delete(type);
        if (everything.size > 0 || byType.size > 0) return;
        unsubscribe?.();
        unsubscribe = null;
      };
    },
    get stopping() {
      return deps.stopping.aborted;
    },
  };
}
