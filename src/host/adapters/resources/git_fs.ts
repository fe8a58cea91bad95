/** The file system that the git library is given. @module */
import type { GitFiles } from "./files.ts";

/** The part of node's `fs.promises` that plumbing asks for. */
export interface GitFs {
  readonly promises: {
    readFile(path?: string, options?: unknown): Promise<Uint8Array | string>;
    writeFile(path: string, content: Uint8Array | string): Promise<void>;
    readdir(path: string): Promise<string[]>;
    stat(path: string): Promise<never>;
    lstat(path: string): Promise<never>;
    mkdir(path: string): Promise<void>;
    unlink(path: string): Promise<void>;
    rmdir(path: string): Promise<void>;
    readlink(path: string): Promise<never>;
    symlink(path: string): Promise<never>;
  };
}

/**
 * Hands files to the library for reading, and collects in `pending` what it writes.
 *
 * `stat` never finds anything: the library skips an object whose file exists, and so would never
 * replace one that a crash left broken.
 */
export function gitFs(files: GitFiles, pending: Map<string, Uint8Array>): GitFs {
  return {
    promises: {
      readFile: async (path) => {
        // The library calls this without a path, to see whether it returns a promise.
        if (path === undefined) throw NOTHING;
        const content = pending.get(path) ?? (await files.read(path));
        if (!content) throw notFound(path);
        return content;
      },
      writeFile: async (path, content) => {
        pending.set(
          path,
          typeof content === "string" ? new TextEncoder().encode(content) : content,
        );
      },
      readdir: async (path) => [...(await files.list(path))],
      stat: () => Promise.reject(NOTHING),
      lstat: () => Promise.reject(NOTHING),
      mkdir: async () => {},
      unlink: (path) => files.remove(path),
      rmdir: (path) => files.remove(path),
      readlink: () => Promise.reject(NOTHING),
      symlink: () => Promise.reject(NOTHING),
    },
  };
}

function notFound(path: string): Error {
  return Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
}
const NOTHING = notFound("");
