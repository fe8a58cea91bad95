/** The data directory of a host on local disk: who uses it, its token and its keys. @module */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";

/** What a running host says about itself in `host.json`. */
const hostFile = z.object({ url: z.string(), pid: z.number() });
export type HostFile = z.infer<typeof hostFile>;

/** Takes a lock that ends with the process; null when another process has it. */
export type HoldLock = (path: string) => Promise<{ release(): Promise<void> } | null>;

export interface DataDir {
  readonly path: string;
  /** A path inside. */
  file(...names: string[]): string;
  /** The secret kept under a name, made at its first use and readable by its owner only. */
  secret(name: string): Promise<string>;
  announce(host: HostFile): Promise<void>;
  /** Takes back what was announced and lets others use the directory. */
  close(): Promise<void>;
}

/**
 * Creates the directory where needed and takes it for this process.
 *
 * @throws {KeptnError} ERR_IN_USE when another host has it, ERR_READ_ONLY or ERR_DISK_FULL when it
 *   cannot be written
 */
export async function openDataDir(folder: string, holdLock: HoldLock): Promise<DataDir> {
  const path = resolve(folder);
  const lock = await onDisk(path, async () => {
    await makeFolder(path);
    await writeFile(join(path, ".gitignore"), "*\n");
    return holdLock(join(path, "host.lock"));
  });
  if (lock === null) throw await inUse(path);
  const file = (...names: string[]): string => join(path, ...names);
  return {
    path,
    file,
    secret: (name) => onDisk(path, () => keptSecret(file(name))),
    announce: (host) => replaceFile(file("host.json"), JSON.stringify(host)),
    async close() {
      await rm(file("host.json"), { force: true });
      await lock.release();
    },
  };
}

/** Node's own recursive way never returns where a file system takes no folders, as below `/proc`. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = isSystemError(error) ? error.code : undefined;
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    if (code !== "ENOENT" || (await exists(dirname(path)))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return false;
    throw error;
  }
}

/** What the host of a directory said last; undefined when none did. It may be dead by now. */
export async function readHostFile(folder: string): Promise<HostFile | undefined> {
  try {
    return hostFile.parse(JSON.parse(await readFile(join(folder, "host.json"), "utf8")));
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

async function inUse(path: string): Promise<KeptnError> {
  const host = await readHostFile(path);
  const by = host === undefined ? "another process" : `host ${host.pid} at ${host.url}`;
  return new KeptnError(
    "ERR_IN_USE",
    `data directory ${path} is in use by ${by}: stop it with periplus stop, or choose another with PERIPLUS_DATA_DIR=`,
    { path, ...host },
  );
}

async function keptSecret(path: string): Promise<string> {
  try {
    const kept = (await readFile(path, "utf8")).trim();
    if (kept !== "") {
      await chmod(path, 0o600);
      return kept;
    }
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
  }
  const made = randomBytes(32).toString("base64url");
  await replaceFile(path, `${made}\n`);
  return made;
}

/** Writes beside and renames, so that a reader finds the old or the new text and nothing between. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(path, error);
  }
}

/** What a failure of the file system means to the operator; other errors as they are. */
export function diskError(path: string, error: unknown): unknown {
  const code = isSystemError(error) ? error.code : KeptnError.is(error) ? error.code : undefined;
  switch (code) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOENT":
    case "ERR_READ_ONLY":
    case "ERR_STORE_UNAVAILABLE":
      return new KeptnError(
        "ERR_READ_ONLY",
        `data directory ${path} cannot be written: give this user write access, or choose another with PERIPLUS_DATA_DIR=`,
        { path },
        error,
      );
    case "ENOTDIR":
    case "EEXIST":
      return new KeptnError(
        "ERR_CONFIG_INVALID",
        `data directory ${path} is no folder: choose another with PERIPLUS_DATA_DIR=`,
        { path },
        error,
      );
    case "ENOSPC":
    case "EDQUOT":
    case "ERR_DISK_FULL":
      return new KeptnError(
        "ERR_DISK_FULL",
        `data directory ${path}: the disk is full: free some space, or choose another with PERIPLUS_DATA_DIR=`,
        { path },
        error,
      );
    default:
      return error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string";
}
