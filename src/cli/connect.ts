/** Finds the host that a command means (design D26). @module */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { KeptnError } from "../spec/errors.ts";
import { Client } from "./client.ts";
import { toggle, text, type Values } from "./flags.ts";
import type { Io } from "./io.ts";
import { readKeptnConfig } from "./keptn_config.ts";

export const HOST_FLAGS = {
  endpoint: text("address of the API (default: see periplus status --help)", { value: "URL" }),
  "api-token": text("token of the API", { value: "TOKEN" }),
  "config-file": text("Keptn's file of contexts (KEPTNCONFIG)", { value: "FILE", hidden: true }),
  namespace: text("context within Keptn's file", { short: "n", hidden: true }),
  quiet: toggle("print ids only", { short: "q" }),
};

export interface Found {
  /** Ends in `/api`. */
  readonly endpoint: string;
  readonly token: string;
  /** Where both were found, for `status`. */
  readonly source: string;
}
export interface Connection extends Found {
  readonly client: Client;
  readonly quiet: boolean;
}

/** @throws {KeptnError} ERR_HOST_UNREACHABLE when nothing names a host */
export async function connect(flags: Values<typeof HOST_FLAGS>, io: Io): Promise<Connection> {
  const found = await findHost(flags, io);
  return { ...found, client: new Client(found, io.interrupted), quiet: flags.quiet };
}

async function findHost(flags: Values<typeof HOST_FLAGS>, io: Io): Promise<Found> {
  const { env } = io;
  const token = flags["api-token"] ?? env.KEPTN_API_TOKEN;
  if (flags.endpoint) {
    const local = token === undefined ? localHost(io) : undefined;
    const same = local?.endpoint === apiRoot(flags.endpoint) ? local.token : "";
    return { endpoint: apiRoot(flags.endpoint), token: token ?? same, source: "--endpoint" };
  }
  for (const name of ["KEPTN_ENDPOINT", "KEPTN_API_ENDPOINT"]) {
    const endpoint = env[name];
    if (endpoint) return { endpoint: apiRoot(endpoint), token: token ?? "", source: name };
  }
  const file = flags["config-file"] ?? env.KEPTNCONFIG;
  const found = file
    ? await readKeptnConfig(resolve(io.cwd, file), flags.namespace)
    : (localHost(io) ?? storedHost(io));
  if (found) return { ...found, token: flags["api-token"] ?? found.token };
  throw new KeptnError(
    "ERR_HOST_UNREACHABLE",
    "no host found: start one with `periplus serve`, or name one with --endpoint and --api-token, " +
      "KEPTN_ENDPOINT and KEPTN_API_TOKEN, or `periplus auth`",
  );
}

const hostFile = z.object({ url: z.string(), pid: z.number() });

/** The host of PERIPLUS_DATA_DIR, else of the nearest `.periplus` upwards. */
export function localHost(io: Io): (Found & { readonly pid: number }) | undefined {
  const named = io.env.PERIPLUS_DATA_DIR;
  if (named) return hostOf(resolve(io.cwd, named));
  for (let folder = io.cwd; ; folder = dirname(folder)) {
    const found = hostOf(join(folder, ".periplus"));
    if (found) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

function hostOf(folder: string): (Found & { readonly pid: number }) | undefined {
  const path = join(folder, "host.json");
  if (!existsSync(path)) return undefined;
  const host = hostFile.safeParse(parsedJson(readFileSync(path, "utf8")));
  if (!host.success || !isAlive(host.data.pid)) return undefined;
  const tokenFile = join(folder, "token");
  const token = existsSync(tokenFile) ? readFileSync(tokenFile, "utf8").trim() : "";
  return { endpoint: apiRoot(host.data.url), token, source: path, pid: host.data.pid };
}

const storedFile = z.object({ endpoint: z.string(), token: z.string() });

/** Where `auth` keeps what it was told. */
export function storedPath({ env }: Io): string {
  const config = env.XDG_CONFIG_HOME ?? join(env.HOME ?? homedir(), ".config");
  return join(config, "periplus", "auth.json");
}

function storedHost(io: Io): Found | undefined {
  const path = storedPath(io);
  if (!existsSync(path)) return undefined;
  const stored = storedFile.safeParse(parsedJson(readFileSync(path, "utf8")));
  if (stored.success) return { ...stored.data, source: path };
  throw new KeptnError("ERR_CONFIG_INVALID", `${path} is damaged: run periplus auth again`);
}

/** Keptn's rule: an endpoint without a path means its `/api`. */
export function apiRoot(endpoint: string): string {
  const text = /^https?:\/\//.test(endpoint) ? endpoint : `http://${endpoint}`;
  if (!URL.canParse(text)) {
    throw new KeptnError("ERR_USAGE", `${endpoint} is no address: http://HOST:PORT/api would be`);
  }
  const url = new URL(text);
  const path = url.pathname.replace(/\/+$/, "");
  return `${url.origin}${path === "" ? "/api" : path}`;
}

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Written by a host that was killed while it wrote: as good as absent.
    return undefined;
  }
}
