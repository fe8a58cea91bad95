/** The host that the demo runs against: the one that is found, else the ordinary one, started here. @module */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KeptnError } from "../../spec/errors.ts";
import { connect, type Connection, type HOST_FLAGS } from "../connect.ts";
import type { Values } from "../flags.ts";
import type { Io } from "../io.ts";
import type { Place } from "../place.ts";

const START_MS = 60_000;
const LOOK_MS = 50;

/** Folder of the ordinary host, which the demo starts when it finds none. */
export function dataFolder({ env, cwd }: Io): string {
  return resolve(cwd, env.PERIPLUS_DATA_DIR ?? ".periplus");
}

/** Finds a host that answers, or starts one that outlives the demo. */
export async function findOrStart(
  flags: Values<typeof HOST_FLAGS>,
  io: Io,
  place: Place,
): Promise<Connection & { readonly started: boolean }> {
  const found = await tryConnect(flags, io);
  if (found) return { ...found, started: false };
  const folder = dataFolder(io);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "host.log");
  const log = openSync(path, "w");
  const child = spawn(process.execPath, [join(place.root, "bin/periplus.js"), "serve"], {
    cwd: io.cwd,
    env: io.env as NodeJS.ProcessEnv,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  for (const until = Date.now() + START_MS; Date.now() < until; await sleep(LOOK_MS)) {
    if (io.interrupted.aborted) throw io.interrupted.reason;
    if (child.exitCode !== null) throw new KeptnError("ERR_HOST_UNREACHABLE", lastWords(path));
    const host = await tryConnect(flags, io);
    if (host) return { ...host, started: true };
  }
  throw new KeptnError("ERR_HOST_UNREACHABLE", `the host was not ready in time: see ${path}`);
}

/** Undefined when nothing names a host, or the ordinary one of this folder is not ready yet. */
async function tryConnect(
  flags: Values<typeof HOST_FLAGS>,
  io: Io,
): Promise<Connection | undefined> {
  let host: Connection;
  try {
    host = await connect(flags, io);
  } catch (error) {
    if (KeptnError.is(error, "ERR_HOST_UNREACHABLE")) return undefined;
    throw error;
  }
  try {
    const answer = await fetch(`${host.endpoint}/health`, { signal: io.interrupted });
    if (answer.ok) return host;
  } catch (error) {
    if (io.interrupted.aborted) throw io.interrupted.reason;
    if (!host.source.endsWith("host.json")) {
      const message = `no host answers at ${host.endpoint} (from ${host.source})`;
      throw new KeptnError("ERR_HOST_UNREACHABLE", message, {}, error);
    }
  }
  return undefined;
}

function lastWords(path: string): string {
  const said = readFileSync(path, "utf8").trim().split("\n").at(-1) ?? "";
  return said.replace(/^periplus: /, "") || `the host ended without a word: see ${path}`;
}
