/** Files that the user names. @module */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KeptnError } from "../spec/errors.ts";
import type { Io } from "./io.ts";

/** @throws {KeptnError} ERR_FILE_INVALID naming the path */
export async function readText(path: string, io: Pick<Io, "cwd">): Promise<string> {
  return (await readBytes(path, io)).toString("utf8");
}

export async function readBytes(path: string, io: Pick<Io, "cwd">): Promise<Buffer> {
  try {
    return await readFile(resolve(io.cwd, path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Keptn's flags take a path or an address. */
export async function readTextOrUrl(source: string, io: Io): Promise<string> {
  if (!/^https?:\/\//.test(source)) return readText(source, io);
  try {
    const answer = await fetch(source, { signal: io.interrupted });
    if (answer.ok) return await answer.text();
    throw new Error(`it answers ${answer.status}`);
  } catch (error) {
    throw unreadable(source, error);
  }
}

export function base64Of(content: string | Uint8Array): string {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return Buffer.from(bytes).toString("base64");
}

const REASONS: Record<string, string> = {
  ENOENT: "no such file",
  EISDIR: "it is a folder",
  ENOTDIR: "part of the path is no folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

/** Why the system refused a file, in words. */
export function whyRefused(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}

function unreadable(path: string, error: unknown): KeptnError {
  const message = `cannot read ${path}: ${whyRefused(error)}`;
  return new KeptnError("ERR_FILE_INVALID", message, { path }, error);
}
