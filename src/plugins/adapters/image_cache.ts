/** Frozen plugins in a folder, one file each, named by the hash of bundle and WebAssembly. @module */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Frozen, ImageCache } from "../sandbox/core.ts";
import type { Image } from "../sandbox/engine.ts";

/** Files that stay; the least recently written go first. */
const KEPT = 200;
const ENDING = ".image";

interface Header extends Omit<Frozen, "image"> {
  readonly image: Omit<Image, "memory">;
  readonly memoryHash: string;
}

/** A cache in `folder`, which is created when first written. */
export function imageCache(folder: string): ImageCache {
  const pathOf = (hash: string): string => join(folder, hash + ENDING);
  return {
    async get(hash) {
      const bytes = await readFile(pathOf(hash)).catch(() => undefined);
      return bytes && decode(bytes);
    },
    async put(hash, frozen) {
      const temporary = `${pathOf(hash)}.${process.pid}`;
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, encode(frozen));
      await rename(temporary, pathOf(hash));
      await prune(folder);
    },
  };
}

/** Length of the header, the header as JSON, then the memory. */
function encode({ image, described }: Frozen): Uint8Array {
  const { memory, ...rest } = image;
  const header: Header = { described, image: rest, memoryHash: sha256(memory) };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const whole = new Uint8Array(4 + text.length + memory.length);
  new DataView(whole.buffer).setUint32(0, text.length);
  whole.set(text, 4);
  whole.set(memory, 4 + text.length);
  return whole;
}

/** Undefined for a file that is damaged: the plugin is evaluated again. */
function decode(bytes: Uint8Array): Frozen | undefined {
  try {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
    const { described, image, memoryHash } = JSON.parse(text) as Header;
    const memory = bytes.subarray(4 + length);
    return sha256(memory) === memoryHash ? { described, image: { ...image, memory } } : undefined;
  } catch {
    return undefined;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ENDING));
  if (names.length <= KEPT) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  dated.sort((a, b) => b.at - a.at);
  for (const { name } of dated.slice(KEPT)) await rm(join(folder, name), { force: true });
}
