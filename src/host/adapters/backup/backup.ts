/** A backup of a data directory as one tar, while its host runs (design D22). @module */
import { createReadStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { padding, TAR_END, tarHeader } from "./tar.ts";

export interface BackupOptions {
  readonly folder: string;
  /** Writes a consistent copy of the database to a new file. */
  readonly copyDatabase: (path: string) => Promise<void>;
}

/** What a backup holds beside the database. */
export const BACKED_UP = ["git", "grants.yaml", "secret.key", "token"];
export const DATABASE = "periplus.db";

/**
 * Streams the archive.
 *
 * The database is copied first: the objects that its heads name were written before it, so whatever
 * is read later holds them.
 */
export function backupStream({ folder, copyDatabase }: BackupOptions): ReadableStream<Uint8Array> {
  const chunks = archive(folder, copyDatabase);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

async function* archive(
  folder: string,
  copyDatabase: (path: string) => Promise<void>,
): AsyncGenerator<Uint8Array, undefined> {
  const copy = join(folder, `backup-${Date.now()}-${process.pid}.db`);
  try {
    await copyDatabase(copy);
    yield* fileChunks(copy, DATABASE);
  } finally {
    await rm(copy, { force: true });
  }
  for (const name of BACKED_UP) {
    for await (const path of filesBelow(folder, name)) yield* fileChunks(join(folder, path), path);
  }
  yield TAR_END;
  return undefined;
}

async function* fileChunks(path: string, name: string): AsyncGenerator<Uint8Array> {
  const facts = await stat(path).catch(absent);
  // A project that was deleted meanwhile: its objects are named by no head of a restored host.
  if (facts === undefined) return;
  const { size, mtimeMs: changed, mode } = facts;
  yield tarHeader({ name, size, changed, mode: mode & 0o777 });
  if (size === 0) return;
  let sent = 0;
  for await (const chunk of createReadStream(path, { end: size - 1 })) {
    sent += (chunk as Uint8Array).length;
    yield chunk as Uint8Array;
  }
  yield new Uint8Array(size - sent);
  yield padding(size);
}

async function* filesBelow(folder: string, path: string): AsyncGenerator<string> {
  const facts = await stat(join(folder, path)).catch(absent);
  if (facts === undefined) return;
  if (!facts.isDirectory()) {
    yield path;
    return;
  }
  const names = (await readdir(join(folder, path)).catch(absent)) ?? [];
  for (const name of names.sort()) yield* filesBelow(folder, `${path}/${name}`);
}

function absent(error: unknown): undefined {
  if ((error as { code?: string }).code === "ENOENT") return undefined;
  throw error;
}
