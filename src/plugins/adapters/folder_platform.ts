/** Keeps a platform in line with its plugin folders and its grant file while it runs. @module */
import type { PluginPlatform } from "../platform.ts";
import { findPlugins, type PluginRoots } from "./plugin_roots.ts";
import { watchFolder } from "./watcher.ts";

export interface FolderOptions {
  readonly roots: PluginRoots;
  readonly grants: string;
  readonly failed: (what: string, error: unknown) => void;
}

/** Loads the plugins of the folders once. */
export async function loadFolders(platform: PluginPlatform, roots: PluginRoots): Promise<void> {
  await platform.update(await findPlugins(roots));
}

/** Loads again after each save; returns what ends it. */
export function watchFolders(platform: PluginPlatform, options: FolderOptions): () => void {
  const { roots, grants, failed } = options;
  const told =
    (what: string, work: () => Promise<void>): (() => void) =>
    () =>
      void work().catch((error: unknown) => failed(what, error));
  const reload = told("plugins", () => loadFolders(platform, roots));
  const regrant = told("grants", () => platform.reloadGrants());
  const ends = [...new Set([roots.shipped, roots.user])].map((folder) =>
    watchFolder(folder, reload, (error) => failed("watching plugins", error)),
  );
  ends.push(watchFolder(grants, regrant, (error) => failed("watching grants", error)));
  return () => {
    for (const end of ends) end();
  };
}
