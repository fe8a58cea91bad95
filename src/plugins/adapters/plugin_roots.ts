/** Finds plugins under the shipped root and the user's: folders with `plugin.ts`, or single files. @module */
import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { KeptnError } from "../../spec/errors.ts";
import type { Json } from "../../spec/json.ts";
import type { Found } from "../registry.ts";
import type { Bundle } from "../sandbox/types.ts";

export interface PluginRoots {
  /** Plugins of the package. */
  readonly shipped: string;
  /** Plugins of the user; may be the same folder, as in a clone. */
  readonly user: string;
  /** Hashes of the shipped plugins by name, as built; absent = everything under `shipped`. */
  readonly hashes?: Readonly<Record<string, string>> | undefined;
  /** Bundles a folder or file. */
  readonly bundle: (path: string, name: string) => Promise<Bundle>;
}

/** Everything installed; of one root a folder goes before a single file of the same name. */
export async function findPlugins(roots: PluginRoots): Promise<Found[]> {
  const [shipped, user] = await Promise.all([resolved(roots.shipped), resolved(roots.user)]);
  if (shipped === user) return scan(roots, roots.user, roots.hashes);
  const theirs = await scan(roots, roots.user, {});
  return [...(await scan(roots, roots.shipped, roots.hashes)), ...theirs];
}

/** SHA-256 over names and contents of a plugin's own files: what a build lists, and a lock checks. */
export async function hashPlugin(path: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of await filesOf(path)) {
    const content = await readFile(file);
    hash.update(`${relative(path, file).replaceAll("\\", "/")}\n${content.length}\n`);
    hash.update(content);
  }
  return hash.digest("hex");
}

/** Undefined hashes trust the whole root; a name outside the list, or with another hash, is the user's. */
async function scan(
  roots: PluginRoots,
  root: string,
  hashes: Readonly<Record<string, string>> | undefined,
): Promise<Found[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry): Promise<Found | undefined> => {
      const path = join(root, entry.name);
      const folder = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(path)));
      const name = folder ? entry.name : /^([^.].*)(?<!\.d)\.ts$/.exec(entry.name)?.[1];
      if (name === undefined || !/^[a-z][a-z0-9-]*$/.test(name)) return undefined;
      if (folder && !(await hasEntry(path))) return undefined;
      const listed = hashes?.[name];
      const shipped =
        hashes === undefined || (listed !== undefined && listed === (await hashPlugin(path)));
      const bundle = (): Promise<Bundle> => bundled(roots, path, name, folder);
      return { name, path, shipped, stamp: await stampOf(path), bundle };
    }),
  );
  return found.filter((one) => one !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function bundled(
  roots: PluginRoots,
  path: string,
  name: string,
  folder: boolean,
): Promise<Bundle> {
  const bundle = await roots.bundle(path, name);
  if (!folder) return bundle;
  const manifest = await readManifest(join(path, "plugin.json"));
  return manifest === undefined ? bundle : { ...bundle, manifest };
}

async function readManifest(path: string): Promise<Json | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new KeptnError("ERR_PLUGIN_MANIFEST", `${path}: no JSON: ${(error as Error).message}`);
  }
}

async function hasEntry(folder: string): Promise<boolean> {
  return (await stat(join(folder, "plugin.ts")).catch(() => undefined))?.isFile() ?? false;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** Changes with every save: paths, sizes and times. */
async function stampOf(path: string): Promise<string> {
  const files = await filesOf(path);
  const facts = await Promise.all(
    files.map(async (file) => {
      const { mtimeMs, size } = await stat(file);
      return `${file} ${mtimeMs} ${size}`;
    }),
  );
  return facts.join("\n");
}

/** A plugin's own files, sorted; what the host writes beside them for editors does not count. */
async function filesOf(path: string): Promise<string[]> {
  if (!(await isFolder(path))) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter(({ name }) => !/^(node_modules|\..*|tsconfig\.json|periplus\.d\.ts)$/.test(name))
      .map((entry) => {
        const inner = join(path, entry.name);
        return entry.isDirectory() ? filesOf(inner) : Promise.resolve([inner]);
      }),
  );
  return files.flat().sort();
}
