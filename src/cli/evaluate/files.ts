/** Reading and writing the files of a command line, with sentences instead of error codes. @module */
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { text as readStream } from "node:stream/consumers";
import { UsageError } from "./io.ts";

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  ENOTDIR: "part of the path is no folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

/** The text of a file; `-` is standard input. `flag` names it in errors. */
export async function readInput(path: string, cwd: string, flag: string): Promise<string> {
  if (path === "-") return readStream(process.stdin);
  return attempt(() => readFile(resolve(cwd, path), "utf8"), `cannot read ${flag} ${path}`);
}

/** The text of a file, or undefined when there is none. */
export async function readIfThere(
  path: string,
  cwd: string,
  flag: string,
): Promise<string | undefined> {
  try {
    return await readFile(resolve(cwd, path), "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw refused(error, `cannot read ${flag} ${path}`);
  }
}

export async function writeOutput(
  path: string,
  cwd: string,
  flag: string,
  text: string,
): Promise<void> {
  const file = resolve(cwd, path);
  await attempt(async () => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }, `cannot write ${flag} ${path}`);
}

export async function appendOutput(
  path: string,
  cwd: string,
  flag: string,
  text: string,
): Promise<void> {
  const file = resolve(cwd, path);
  await attempt(async () => {
    await mkdir(dirname(file), { recursive: true });
    await appendFile(file, text);
  }, `cannot write ${flag} ${path}`);
}

async function attempt<T>(act: () => Promise<T>, what: string): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw refused(error, what);
  }
}

function refused(error: unknown, what: string): UsageError {
  const code = codeOf(error);
  const reason = REASONS[code ?? ""] ?? (error instanceof Error ? error.message : String(error));
  return new UsageError(`${what}: ${reason}`);
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code;
}
