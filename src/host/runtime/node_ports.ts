/** The ports of a host on local disk. @module */
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { cachedBundles } from "../../plugins/adapters/bundle_cache.ts";
import { grantFile } from "../../plugins/adapters/grant_file.ts";
import type { PluginRoots } from "../../plugins/adapters/plugin_roots.ts";
import { workerSandbox } from "../../plugins/adapters/worker.ts";
import { PLUGIN_TABLES } from "../../plugins/task_tables.ts";
import { type DataDir, diskError } from "../adapters/data_dir/data_dir.ts";
import { nodeEgress } from "../adapters/egress/node_egress.ts";
import { randomIds } from "../adapters/ids/random.ts";
import { createGitResources } from "../adapters/resources/git.ts";
import { nodeFiles } from "../adapters/resources/node_files.ts";
import { masterKey } from "../adapters/secrets/master_key.ts";
import { sealedSecrets } from "../adapters/secrets/sealed.ts";
import { type LibsqlStore, openLibsqlStore } from "../adapters/store/libsql.ts";
import type { HostPorts } from "../host.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Settings } from "../settings.ts";
import { HOST_TABLES } from "../tables/migrations.ts";

export interface Place {
  readonly settings: Settings;
  readonly dir: DataDir;
  readonly root: string;
  readonly bundles: string;
}

/** The store of the settings: a libSQL server, else a file in the data directory. */
export async function openStore(settings: Settings, dir: DataDir): Promise<LibsqlStore> {
  const url = settings.dbUrl ?? `file:${dir.file("periplus.db")}`;
  try {
    return await openLibsqlStore({
      url,
      migrations: [HOST_TABLES, PLUGIN_TABLES],
      ...(settings.dbToken === undefined ? {} : { authToken: settings.dbToken }),
    });
  } catch (error) {
    throw settings.dbUrl === undefined ? diskError(dir.path, error) : error;
  }
}

/** Everything that a host needs beside its store. */
export async function nodePorts({
  settings,
  dir,
  store,
  clock,
  log,
}: Place & { store: LibsqlStore; clock: Clock; log: Log }): Promise<HostPorts> {
  const resources = createGitResources({
    store,
    files: nodeFiles(dir.file("git")),
    clock,
    log,
    author: { name: settings.gitUser, email: settings.gitEmail },
    defaultBranch: settings.defaultBranch,
    directories: settings.directoryStages,
  });
  const [sandbox, key] = await Promise.all([
    workerSandbox({ folder: dir.file("cache") }),
    masterKey(settings.secretKey, dir.file("secret.key")),
  ]);
  // Reading and writing do without it, so nobody has to wait.
  void resources.repair().catch((error: unknown) => {
    log("debug", "the repositories were not checked to the end", { error: String(error) });
  });
  return {
    store,
    clock,
    ids: randomIds(),
    log,
    resources,
    secrets: await sealedSecrets(store, clock, key),
    egress: nodeEgress(),
    sandbox,
    grants: grantFile(dir.file("grants.yaml")),
    soon: setImmediate,
  };
}

/** Where plugins are found, and how they are bundled. */
export async function pluginRoots({ settings, dir, root, bundles }: Place): Promise<PluginRoots> {
  return {
    shipped: join(root, "plugins"),
    user: resolve(settings.pluginsDir),
    hashes: JSON.parse(await readFile(join(bundles, "shipped.json"), "utf8")) as Record<
      string,
      string
    >,
    bundle: cachedBundles(dir.file("cache", "bundles"), basename(bundles)),
  };
}
