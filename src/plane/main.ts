/** `periplus plane`: one execution plane as a process. @module */
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../host/adapters/clock/system.ts";
import { nodeEgress } from "../host/adapters/egress/node_egress.ts";
import { randomIds } from "../host/adapters/ids/random.ts";
import { lineLog } from "../host/adapters/log/lines.ts";
import { openLibsqlStore } from "../host/adapters/store/libsql.ts";
import { cachedBundles } from "../plugins/adapters/bundle_cache.ts";
import { grantFile } from "../plugins/adapters/grant_file.ts";
import { findPlugins } from "../plugins/adapters/plugin_roots.ts";
import { watchFolder } from "../plugins/adapters/watcher.ts";
import { workerSandbox } from "../plugins/adapters/worker.ts";
import { PluginPlatform } from "../plugins/platform.ts";
import type { Log } from "../plugins/ports.ts";
import type { Found } from "../plugins/registry.ts";
import { PLUGIN_TABLES } from "../plugins/task_tables.ts";
import { KeptnError } from "../spec/errors.ts";
import { hostClient } from "./host_client.ts";
import { Outbox, OUTBOX_TABLE } from "./outbox.ts";
import { PLANE_HELP, type PlaneOptions, readPlaneOptions } from "./options.ts";
import { runPlane } from "./plane.ts";
import { programsFound, withPrograms } from "./programs.ts";
import { remoteEvents, remoteResources } from "./remote_ports.ts";

const PLANE_TABLES = {
  name: "plane",
  steps: [[`CREATE TABLE guard (n INTEGER CHECK (n = 0))`, OUTBOX_TABLE]],
} as const;
const VERSION = "0.1.0";
const DRAIN = 500;
const PROGRAMS_AT_ONCE = 4;
const PING_EVERY = 5_000;

/** Runs a plane until SIGINT or SIGTERM; resolves with the exit code. */
export async function planeCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(PLANE_HELP);
    return 0;
  }
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  try {
    await startPlane(readPlaneOptions(argv, env), stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    if (!KeptnError.is(error)) throw error;
    process.stderr.write(`periplus plane: ${error.message}\n`);
    return 1;
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
}

/** A plane in this process; resolves when it was stopped and has written what it did. */
export async function startPlane(
  options: PlaneOptions,
  stopping: AbortSignal,
  pingEvery = PING_EVERY,
): Promise<void> {
  const { dataDir } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const clock = systemClock();
  const log = lineLog({
    level: options.verbose ? "debug" : "info",
    now: clock.now,
    write: (line) => process.stderr.write(line),
  });
  const pause = async (ms: number): Promise<void> => {
    // Waking early because the plane stops is no failure.
    await sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
  };
  const warn = (message: string): void => log("warn", message);
  const { endpoint, token } = options;
  const host = hostClient({ endpoint, token, stopping, pause, warn });
  // Answers under way when the plane stops get a moment more than polls.
  const ended = new AbortController();
  const sending = hostClient({ endpoint, token, stopping: ended.signal, pause, warn });
  const store = await openLibsqlStore({
    url: `file:${join(dataDir, "plane.db")}`,
    migrations: [PLANE_TABLES, PLUGIN_TABLES],
  });
  let integration = "";
  const outbox = new Outbox({
    host: sending,
    store,
    now: clock.now,
    integration: () => integration,
    warn,
  });
  const sandbox = withPrograms(() => workerSandbox({ folder: join(dataDir, "sandbox") }));
  const platform = await PluginPlatform.open({
    ports: {
      store,
      events: remoteEvents(host, outbox),
      resources: remoteResources(host, store),
      secrets: { read: () => Promise.resolve(null) },
      egress: nodeEgress(),
      clock,
      ids: randomIds(),
      log,
      errorLog: () => [],
      publicUrl: noCallbacks,
    },
    sandbox,
    grants: grantFile(join(dataDir, "grants.yaml")),
    dev: options.dev,
    exclusive: true,
    ownLog: false,
    atOnce: PROGRAMS_AT_ONCE,
  });
  const unwatch = await keepLoaded(platform, options, log);
  for (const [plugin, address] of options.allow) {
    await platform.allow(plugin, { http: [address] }, "command line");
  }
  try {
    await runPlane({
      options,
      host,
      platform,
      store,
      clock,
      log,
      stopping,
      pause,
      hostname: hostname(),
      pingEvery,
      version: VERSION,
      registered(id) {
        integration = id;
        void outbox.resume();
        const tasks = platform.tasksAnswered().join(", ") || "nothing";
        process.stdout.write(`plane ${options.name} serves ${tasks} of ${endpoint}\n`);
      },
    });
  } finally {
    unwatch();
    await platform.stop();
    await Promise.race([outbox.drained(), sleep(DRAIN)]);
    ended.abort();
    await outbox.drained();
    await sandbox.close();
    await store.close();
  }
}

/** Loads programs and plugin folders, and the folders again after each save. */
async function keepLoaded(
  platform: PluginPlatform,
  options: PlaneOptions,
  log: Log,
): Promise<() => void> {
  const bundle = cachedBundles(join(options.dataDir, "bundles"), VERSION);
  const programs = programsFound(options.programs, options.name);
  const load = async (): Promise<void> => {
    const folders = await Promise.all(options.plugins.map((folder) => foundIn(folder, bundle)));
    await platform.update([...programs, ...folders.flat()]);
  };
  await load();
  const failed = (error: unknown): void =>
    log("error", "plugin folders", { error: error instanceof Error ? error.message : error });
  const ends = options.plugins.map((folder) =>
    watchFolder(folder, () => void load().catch(failed), failed),
  );
  return () => {
    for (const end of ends) end();
  };
}

/** A folder of plugins, or one plugin's own folder. */
async function foundIn(
  folder: string,
  bundle: (path: string, name: string) => ReturnType<Found["bundle"]>,
): Promise<Found[]> {
  const roots = { shipped: folder, user: folder, hashes: {}, bundle };
  const found = await findPlugins(roots);
  const single = found.length === 1 && found[0]!.name === "plugin";
  if (!single) return found;
  const parent = dirname(folder);
  const around = await findPlugins({ ...roots, shipped: parent, user: parent });
  return around.filter(({ name }) => name === basename(folder));
}

function noCallbacks(): string {
  throw new KeptnError(
    "ERR_PLUGIN_DENIED",
    "ctx.callback needs the host: nothing can reach a plane from outside",
  );
}
