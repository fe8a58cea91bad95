/** Reads the built page from disk. @module */
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { StaticFile } from "../http/deps.ts";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The files of a folder by name; none when the page was not built. */
export async function readPage(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  const names = (await readdir(folder)).filter((name) => TYPES[extname(name)] !== undefined);
  await Promise.all(
    names.map(async (name) => {
      const body = await readFile(join(folder, name));
      files.set(name, { type: TYPES[extname(name)]!, body });
    }),
  );
  return files;
}
