/** Git files in a folder of the disk. @module */
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KeptnError } from "../../../spec/errors.ts";
import { type GitFiles, TEMPORARY } from "./files.ts";

/** Opens the folder under which the paths stand; it is made with the first file. */
export function nodeFiles(root: string): GitFiles {
  let temporary = 0;

  async function writeFile(path: string, content: Uint8Array, durable: boolean): Promise<void> {
    const folder = dirname(path);
    const partial = join(folder, `${TEMPORARY}${++temporary}`);
    const file = await open(partial, "w", 0o644).catch(async (error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
      await mkdir(folder, { recursive: true });
      return open(partial, "w", 0o644);
    });
    try {
      await file.writeFile(content);
      if (durable) await file.datasync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
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
