/** Puts a backup into a data directory. @module */
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { KeptnError } from "../../../spec/errors.ts";
import { BACKED_UP, DATABASE } from "./backup.ts";
import { readTar, type TarEntry } from "./tar.ts";

export interface RestoreOptions {
  /** The archive. */
  readonly file: string;
  /** The data directory, which this process has taken. */
  readonly folder: string;
  /** Replace what the directory holds. */
  readonly force: boolean;
}

/** Present in a directory that no host ever worked in. */
const BARE = new Set([".gitignore", "host.lock", "host.lock-journal"]);

/**
 * Restores into an empty directory, or over what is there when forced.
 *
 * Everything is unpacked beside first, so that a damaged archive changes nothing.
 *
 * @throws {KeptnError} ERR_CONFLICT when the directory holds data, ERR_FILE_INVALID for an archive
 *   that is damaged or no backup
 */
export async function restoreBackup({ file, folder, force }: RestoreOptions): Promise<void> {
  const held = (await readdir(folder)).filter((name) => !BARE.has(name));
  if (held.length > 0 && !force) {
    throw new KeptnError(
      "ERR_CONFLICT",
      `data directory ${folder} holds data (${held.slice(0, 3).join(", ")}): restore with --force to replace it, or choose another with PERIPLUS_DATA_DIR=`,
    );
  }
  const draft = join(folder, ".restore");
  await rm(draft, { recursive: true, force: true });
  try {
    const names = await unpack(file, draft);
    if (!names.has(DATABASE)) throw invalid(file, "it holds no database");
    for (const name of held) await rm(join(folder, name), { recursive: true, force: true });
    for (const name of names) await rename(join(draft, name), join(folder, name));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Unpacks an archive; the names at its top. */
async function unpack(file: string, draft: string): Promise<Set<string>> {
  const top = new Set<string>();
  const allowed = new Set([...BACKED_UP, DATABASE]);
  await readTar(contentOf(file), async (entry, content) => {
    const [first = ""] = entry.name.split("/");
    const path = resolve(draft, entry.name);
    if (!allowed.has(first) || !path.startsWith(`${resolve(draft)}/`)) {
      throw invalid(file, `${entry.name} does not belong into one`);
    }
    top.add(first);
    await writeEntry(path, entry, content);
  }).catch((error: unknown) => {
    throw KeptnError.is(error, "ERR_FILE_INVALID") ? invalid(file, error.message) : error;
  });
  return top;
}

async function writeEntry(
  path: string,
  { mode }: TarEntry,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "w", mode & 0o700 ? mode : 0o600);
  try {
    for await (const chunk of content) await handle.write(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* contentOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(file)) yield chunk as Uint8Array;
  } catch (error) {
    throw new KeptnError("ERR_FILE_INVALID", `cannot be read: ${(error as Error).message}`);
  }
}

function invalid(file: string, why: string): KeptnError {
  return new KeptnError("ERR_FILE_INVALID", `${file} is no backup of a host: ${why}`, { file });
}
