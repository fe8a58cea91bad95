/** Git files in a folder of the disk. @module */
import { closeSync, fdatasync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { KeptnError } from "../../../spec/errors.ts";
import { type GitFiles, TEMPORARY } from "./files.ts";

const synchronize = promisify(fdatasync);

/** Opens the folder under which the paths stand; it is made with the first file. */
export function nodeFiles(root: string): GitFiles {
  let temporary = 0;

  // Synchronous but for the wait on the disk: for files this small the detour through the thread
  // pool costs more than the calls themselves. The new name is on the disk with the write of the
  // store that follows: journals keep the order of renames and later syncs.
  async function writeFile(path: string, content: Uint8Array, durable: boolean): Promise<void> {
    const folder = dirname(path);
    const partial = join(folder, `${TEMPORARY}${++temporary}`);
    const file = openNew(partial, folder);
    try {
      for (let at = 0; at < content.length;) at += writeSync(file, content, at);
      if (durable) await synchronize(file);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  }

  return {
    read: (path) => readFile(join(root, path)).catch(absent(null)),
    write: async (files, durable = true) => {
      const written = [...files].map(([path, content]) =>
        writeFile(join(root, path), content, durable),
      );
      const failed = (await Promise.allSettled(written)).find(
        ({ status }) => status === "rejected",
      );
      if (failed) throw explained((failed as PromiseRejectedResult).reason, root);
    },
    remove: (path) =>
      rm(join(root, path), { recursive: true, force: true }).catch((error: unknown) => {
        throw explained(error, root);
      }),
    list: async (path) => (await readdir(join(root, path)).catch(absent([]))).sort(),
    changed: async (path) => (await stat(join(root, path)).catch(absent(null)))?.mtimeMs ?? 0,
  };
}

function openNew(path: string, folder: string): number {
  try {
    return openSync(path, "w", 0o644);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    mkdirSync(folder, { recursive: true });
    return openSync(path, "w", 0o644);
  }
}

function absent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return value;
    throw error;
  };
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code;
}

/** Says what the operator can do about a disk that takes no files. */
function explained(error: unknown, root: string): unknown {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new KeptnError(
        "ERR_DISK_FULL",
        `no space left for the git repositories in ${root}: free some and try again`,
        { path: root },
        error,
      );
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new KeptnError(
        "ERR_READ_ONLY",
        `the git repositories in ${root} cannot be written: the host's user needs write access`,
        { path: root },
        error,
      );
    default:
      return error;
  }
}
