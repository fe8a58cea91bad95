/** A host on Node or Deno: one data directory, one port. @module */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadFolders, watchFolders } from "../../plugins/adapters/folder_platform.ts";
import { backupStream } from "../adapters/backup/backup.ts";
import type { PluginRoots } from "../../plugins/adapters/plugin_roots.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { type DataDir, diskError, openDataDir } from "../adapters/data_dir/data_dir.ts";
import { lineLog } from "../adapters/log/lines.ts";
import { listen } from "../adapters/server/node_server.ts";
import { holdLock, type LibsqlStore } from "../adapters/store/libsql.ts";
import { createHost, type Host } from "../host.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { createGate } from "../starting.ts";
import { readSettings, type Settings } from "../settings.ts";
import { nodePorts, openStore, pluginRoots } from "./node_ports.ts";
import { readPage } from "./page_files.ts";

export interface NodeHostOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, string | boolean>>;
  /** Folder of the package. */
  readonly root: string;
  /** Folder of the bundles. */
  readonly bundles: string;
  /** Takes the lines that a person reads. */
  readonly print: (line: string) => void;
  /** Takes what the host says about its work. */
  readonly warn: (line: string) => void;
  /** When the process started, in milliseconds since 1970. */
  readonly startedAt: number;
}

export interface NodeHost {
  readonly url: string;
  /** Answers what waits, writes what is under way, gives the data directory back. */
  stop(): Promise<void>;
}

interface Started extends NodeHostOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly dir: DataDir;
  /** What has to end again, latest first. */
  readonly ends: (() => unknown)[];
}

/** Open connections get this long to take their answer when the host stops. */
const DRAIN_MS = 1_000;

/** Starts a host; resolves when it is ready. @throws {KeptnError} when it cannot start */
export async function startNodeHost(options: NodeHostOptions): Promise<NodeHost> {
  const { settings, notes } = readSettings({
    env: options.env,
    flags: options.flags,
    readFile: (path) => readFileSync(path, "utf8"),
  });
  const clock = systemClock();
  const log = lineLog({ level: settings.logLevel, now: clock.now, write: options.warn });
  for (const note of notes) log("warn", note);

  const dir = await openDataDir(settings.dataDir, holdLock);
  const ends: (() => unknown)[] = [() => dir.close()];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const url = await run({ ...options, settings, clock, log, dir, ends });
    return { url, stop };
  } catch (error) {
    await stop();
    throw diskError(dir.path, error);
  }
}

/** Opens everything inside the data directory, listens, loads the plugins; resolves with the address. */
async function run(started: Started): Promise<string> {
  const { settings, dir, ends, log } = started;
  const store = await openStore(settings, dir);
  ends.push(() => store.close());
  let host: Host | undefined;
  ends.push(() => host?.stop());

  const gate = createGate();
  const server = await listen({ host: settings.host, port: settings.port, fetch: gate.fetch });
  ends.push(() => server.close(DRAIN_MS));
  ends.push(() => host?.drain());
  const url = `http://${urlHost(settings.host)}:${server.port}`;

  const version = await versionOf(started.root);
  const roots = await pluginRoots(started);
  host = await openHost(started, { store, url, version, roots });
  gate.open(host);
  ends.push(
    watchFolders(host.plugins, {
      roots,
      grants: dir.file("grants.yaml"),
      failed: (what, error) => log("warn", `${what}: not read`, { error }),
    }),
  );
  await dir.announce({ url, pid: process.pid });
  await announce(started, { host, url, version });
  return url;
}

async function openHost(
  started: Started,
  {
    store,
    url,
    version,
    roots,
  }: { store: LibsqlStore; url: string; version: string; roots: PluginRoots },
): Promise<Host> {
  const { settings, dir, bundles } = started;
  const [ports, page, secretToken] = await Promise.all([
    nodePorts({ ...started, store }),
    readPage(join(bundles, "bridge")),
    settings.secretToken ?? dir.secret("token"),
  ]);
  const backup = async (): Promise<ReadableStream<Uint8Array>> =>
    backupStream({ folder: dir.path, copyDatabase: (path) => store.backup(path) });
  return createHost(ports, {
    settings,
    page,
    secretToken,
    version,
    publicUrl: () => url,
    loadPlugins: (plugins) => loadFolders(plugins, roots),
    // A libSQL server is backed up where it runs.
    ...(settings.dbUrl === undefined ? { backup } : {}),
  });
}

/** The last lines of a start: where page, API and token are, and which plugins run. */
async function announce(
  { print, startedAt, settings, dir }: Started,
  { host, url, version }: { host: Host; url: string; version: string },
): Promise<void> {
  const plugins = (await host.plugins.list()).map(({ name, version }) => `${name} ${version}`);
  print(`Periplus ${version} ready in ${Math.round(Date.now() - startedAt)} ms`);
  print(`page ${url}${host.loginPath()}`);
  print(`api ${url}${settings.prefixPath}/api`);
  print(`token ${settings.secretToken === undefined ? `in ${dir.file("token")}` : "as given"}`);
  print(`plugins ${plugins.join(", ") || "none"}`);
}

async function versionOf(root: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}

/** An address as it stands in a URL; one that means "all" is shown as this machine. */
function urlHost(address: string): string {
  if (address === "0.0.0.0" || address === "::") return "127.0.0.1";
  return address.includes(":") ? `[${address}]` : address;
}
