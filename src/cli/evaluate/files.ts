/** The files that `periplus evaluate` reads and writes. @module */
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { text as readStream } from "node:stream/consumers";
import { KeptnError } from "../../spec/errors.ts";
import { readText, whyRefused } from "../files.ts";

interface Folder {
  readonly cwd: string;
}

/** The text of a file; `-` is standard input. */
export async function readInput(path: string, folder: Folder): Promise<string> {
  return path === "-" ? readStream(process.stdin) : readText(path, folder);
}

/** The text of a file, or undefined when there is none. */
export async function readIfThere(path: string, { cwd }: Folder): Promise<string | undefined> {
  try {
    return await readFile(resolve(cwd, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw refused("read", path, error);
  }
}

/** Writes a whole file, folders included. */
export function writeOutput(path: string, text: string, folder: Folder): Promise<void> {
  return put(path, folder, (file) => writeFile(file, text));
}

/** Appends to a file, folders included. */
export function appendOutput(path: string, text: string, folder: Folder): Promise<void> {
  return put(path, folder, (file) => appendFile(file, text));
}

async function put(
  path: string,
  { cwd }: Folder,
  write: (file: string) => Promise<void>,
): Promise<void> {
  const file = resolve(cwd, path);
  try {
    await mkdir(dirname(file), { recursive: true });
    await write(file);
  } catch (error) {
    throw refused("write", path, error);
  }
}

function refused(act: string, path: string, error: unknown): KeptnError {
  const message = `cannot ${act} ${path}: ${whyRefused(error)}`;
  return new KeptnError("ERR_FILE_INVALID", message, { path }, error);
}
