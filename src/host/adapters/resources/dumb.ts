/** What git's dumb protocol reads of a repository. @module */
import type { GitFiles } from "./files.ts";
import type { Heads } from "./heads.ts";

const OBJECT = /^objects\/(?:[0-9a-f]{2}\/[0-9a-f]{38}|pack\/pack-[0-9a-f]{40,64}\.(?:pack|idx))$/;

/** Refs are those of the store; objects are the files. */
export async function dumbFile(
  files: GitFiles,
  gitdir: string,
  heads: Heads,
  path: string,
): Promise<Uint8Array | null> {
  if (path === "HEAD") return encode(`ref: refs/heads/${heads.defaultBranch}\n`);
  if (path === "info/refs") {
    const names = [...heads.commits.keys()].sort();
    const lines = names.map((name) => `${heads.commits.get(name)}\trefs/heads/${name}\n`);
    return encode(lines.join(""));
  }
  if (path === "objects/info/packs") {
    const packs = (await files.list(`${gitdir}/objects/pack`)).filter((n) => n.endsWith(".pack"));
    return encode(`${packs.map((name) => `P ${name}\n`).join("")}\n`);
  }
  return OBJECT.test(path) ? files.read(`${gitdir}/${path}`) : null;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
