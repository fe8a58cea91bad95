/** Names of sources in a plugin's source map, as its author knows the files. @module */
import { basename, relative, resolve, sep } from "node:path";

/** Sources under this prefix belong to the platform, not to the plugin. */
export const PLATFORM_SOURCE = "periplus:";

interface Places {
  /** The plugin's folder; the map stands there. */
  readonly folder: string;
  readonly root: string;
  /** Folders of the platform. */
  readonly roots: readonly string[];
}

/** Rewrites the sources of a map: relative to `root`, or after the plugin's folder when it lies elsewhere. */
export function nameSources(map: string, { folder, root, roots }: Places): string {
  const parsed = JSON.parse(map) as { sources: string[] };
  const prefix = relative(root, folder).startsWith("..")
    ? basename(folder)
    : relative(root, folder);
  parsed.sources = parsed.sources.map((source) => {
    if (source.startsWith(PLATFORM_SOURCE)) return source;
    const path = resolve(folder, source);
    if (roots.some((place) => path.startsWith(place)) || isBuilt(path, folder)) {
      return PLATFORM_SOURCE + basename(path);
    }
    return [prefix, relative(folder, path)].filter(Boolean).join(sep).replaceAll(sep, "/");
  });
  return JSON.stringify(parsed);
}

/** A built package maps its guest code back to sources that it does not hold. */
function isBuilt(path: string, folder: string): boolean {
  if (path.startsWith(folder + sep)) return false;
  return /[\\/]src[\\/](plugins[\\/](sandbox|sdk)|spec)[\\/]/.test(path);
}
