/** Git files in memory: for tests and for hosts without a disk. @module */
import type { GitFiles } from "./files.ts";

/** Keeps files in a map, which the caller may look into and change. */
export function memoryFiles(files: Map<string, Uint8Array> = new Map()): GitFiles {
  return {
    read: async (path) => files.get(path) ?? null,
    write: async (written) => {
      for (const [path, content] of written) files.set(path, content.slice());
    },
    remove: async (path) => {
      for (const name of files.keys()) {
        if (name === path || name.startsWith(`${path}/`)) files.delete(name);
      }
    },
    list: async (path) => {
      const prefix = path === "" ? "" : `${path}/`;
      const names = new Set<string>();
      for (const name of files.keys()) {
        if (name.startsWith(prefix)) names.add(name.slice(prefix.length).split("/")[0]!);
      }
      return [...names].sort();
    },
    // Nothing here outlives the process, so everything counts as new.
    changed: async () => Number.MAX_SAFE_INTEGER,
  };
}
