/** Bundles kept between starts, so that a start does not bundle again what has not changed. @module */
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bundle } from "../sandbox/types.ts";
import { bundleWithInputs } from "./bundler.ts";

interface Kept {
  /** Everything else that decides about a bundle: the version of the platform. */
  readonly build: string;
  readonly path: string;
  readonly inputs: readonly { readonly path: string; readonly stamp: string }[];
  readonly bundle: Bundle;
}

/**
 * Bundles through a folder of kept bundles; one whose inputs all have their old size and time is
 * taken as it is. `build` names the version of the platform that bundled.
 */
export function cachedBundles(
  folder: string,
  build: string,
  root?: string,
): (path: string, name: string) => Promise<Bundle> {
  return async (path, name) => {
    const file = join(folder, `${name}.json`);
    const kept = await read(file);
    if (kept?.build === build && kept.path === path && (await isFresh(kept))) return kept.bundle;
    const options = root === undefined ? {} : { root };
    const { bundle, inputs } = await bundleWithInputs(path, name, options);
    const stamped = await Promise.all(
      inputs.map(async (input) => ({ path: input, stamp: await stampOf(input) })),
    );
    await keep(file, { build, path, inputs: stamped, bundle });
    return bundle;
  };
}

async function read(file: string): Promise<Kept | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Kept;
  } catch {
    // A half-written file is as good as none: the bundle is made anew.
    return undefined;
  }
}

async function isFresh({ inputs }: Kept): Promise<boolean> {
  const now = await Promise.all(inputs.map(({ path }) => stampOf(path)));
  return inputs.every(({ stamp }, index) => stamp === now[index]);
}

async function stampOf(path: string): Promise<string> {
  const facts = await stat(path).catch(() => undefined);
  return facts ? `${facts.mtimeMs} ${facts.size}` : "gone";
}

/** A folder that cannot be written costs time at the next start, nothing else. */
async function keep(file: string, kept: Kept): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  try {
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(temporary, JSON.stringify(kept));
    await rename(temporary, file);
  } catch (error) {
    if (!/^(EACCES|EROFS|EPERM|ENOSPC)$/.test((error as { code?: string }).code ?? "")) throw error;
  }
}
