/** A host on Node or Deno: one data directory, one port. @module */
import { readFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../adapters/clock/system.ts";
import { diskError, openDataDir, type DataDir } from "../adapters/data_dir/data_dir.ts";
import { randomIds } from "../adapters/ids/random.ts";
import { lineLog } from "../adapters/log/lines.ts";
import { listen } from "../adapters/server/node_server.ts";
import { holdLock, openLibsqlStore } from "../adapters/store/libsql.ts";
import { createHost, type Host } from "../host.ts";
import { readSettings, type Settings } from "../settings.ts";
import { HOST_TABLES } from "../tables/migrations.ts";
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
  readonly warn: (line: string) => void;
  /** When the process started, in milliseconds since 1970. */
  readonly startedAt: number;
}

export interface NodeHost {
  readonly url: string;
  /** Answers what waits, writes what is under way, gives the data directory back. */
  stop(): Promise<void>;
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
  const started: (() => Promise<void>)[] = [() => dir.close()];
  const stop = async (): Promise<void> => {
    for (const end of started.splice(0).reverse()) await end();
  };
  try {
    const secretToken = settings.secretToken ?? (await dir.secret("token"));
    const store = await openStore(settings, dir);
    started.push(() => store.close());
    const host = await createHost(
      {
        store,
        clock,
        ids: randomIds(),
        log,
        page: await readPage(join(options.bundles, "bridge")),
      },
      { settings, secretToken, version: await versionOf(options.root) },
    );
    started.push(() => host.stop());
    const { host: address, port: wanted } = settings;
    const server = await listen({ host: address, port: wanted, fetch: host.fetch });
    started.push(() => server.close(DRAIN_MS));
    started.push(async () => host.drain());
    await host.load();
    const url = `http://${urlHost(address)}:${server.port}`;
    await dir.announce({ url, pid: process.pid });
    announce(options, { url, host, settings, dir });
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openStore(settings: Settings, dir: DataDir) {
  const url = settings.dbUrl ?? `file:${dir.file("periplus.db")}`;
  try {
    return await openLibsqlStore({
      url,
      migrations: [HOST_TABLES],
      ...(settings.dbToken === undefined ? {} : { authToken: settings.dbToken }),
    });
  } catch (error) {
    throw settings.dbUrl === undefined ? diskError(dir.path, error) : error;
  }
}

/** The last lines of a start: where page, API and token are, and which plugins run. */
function announce(
  { print, startedAt }: NodeHostOptions,
  { url, host, settings, dir }: { url: string; host: Host; settings: Settings; dir: DataDir },
): void {
  print(`Periplus ${host.version} ready in ${Math.round(Date.now() - startedAt)} ms`);
  print(`page ${url}${host.loginPath()}`);
  print(`api ${url}${settings.prefixPath}/api`);
  print(settings.secretToken === undefined ? `token in ${dir.file("token")}` : "token as given");
  print(`plugins ${host.plugins().join(", ") || "none"}`);
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
