/** What a plane is told on its command line and in its environment (Keptn: http-api.md 3.5). @module */
import { parseArgs } from "node:util";
import { resolve } from "node:path";
import { z } from "zod";
import { KeptnError } from "../spec/errors.ts";

export interface PlaneOptions {
  /** Ends in `/api`. */
  readonly endpoint: string;
  readonly token: string;
  /** Name under which it registers. */
  readonly name: string;
  readonly namespace: string;
  readonly dataDir: string;
  readonly plugins: readonly string[];
  /** Command lines by task. */
  readonly programs: ReadonlyMap<string, string>;
  /** Addresses that plugins here may reach, by plugin; added to `grants.yaml` of the data directory. */
  readonly allow: readonly (readonly [plugin: string, address: string])[];
  readonly filter: PlaneFilter;
  /** Milliseconds between polls of a server that cannot hold them. */
  readonly interval: number;
  readonly dev: boolean;
  readonly verbose: boolean;
}
/** Empty lists admit everything. */
export interface PlaneFilter {
  readonly projects: readonly string[];
  readonly stages: readonly string[];
  readonly services: readonly string[];
}

export const PLANE_HELP = `periplus plane: executes tasks far away from the host, by polling its API

  --run TASK=COMMAND   a program that executes a task; again for more tasks
  --plugins-dir DIR    plugin folders to run here; again for more folders
  --endpoint URL       address of the host (KEPTN_API_ENDPOINT, KEPTN_ENDPOINT)
  --api-token TOKEN    its token (KEPTN_API_TOKEN)
  --name NAME          name of this plane among the integrations (periplus-plane)
  --data-dir DIR       journal of this plane (./.periplus-plane)
  --allow PLUGIN=ADDR  an origin, host:port or CIDR that a plugin here may reach; again for more
  --dev                grant plugins everything they ask for
  --verbose            tell more

  PROJECT_FILTER, STAGE_FILTER, SERVICE_FILTER: comma-separated names to serve (all)
  HTTP_POLLING_INTERVAL: seconds between polls of a Keptn that has no long polls (10)

A program gets the event as JSON on stdin and KEPTN_PROJECT, KEPTN_STAGE, KEPTN_SERVICE, KEPTN_TASK,
KEPTN_CONTEXT, KEPTN_EVENT_ID, KEPTN_IMAGE and LABELS_<NAME> in its environment. Its lines are the live
log, a last line of JSON is the data of the answer, exit code 0 passes, 3 warns, others fail.
`;

const ENDPOINT = z.url({ protocol: /^https?$/, error: "expected an http or https address" });
const LISTED = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
  );
const SECONDS = z
  .string()
  .regex(/^\d+$/, "expected whole seconds")
  .default("10")
  .transform((text) => Math.max(1, Number(text)) * 1_000);

type Env = Readonly<Record<string, string | undefined>>;

/** @throws {KeptnError} ERR_CONFIG_INVALID naming the flag or variable */
export function readPlaneOptions(argv: readonly string[], env: Env): PlaneOptions {
  const flags = readFlags(argv);
  const address = flags.endpoint ?? env.KEPTN_API_ENDPOINT ?? env.KEPTN_ENDPOINT;
  const programs = new Map((flags.run ?? []).map(readProgram));
  const plugins = [...(flags["plugins-dir"] ?? []), ...(flags.plugins ?? [])];
  if (programs.size === 0 && plugins.length === 0) {
    throw invalid("nothing to execute: give --run TASK=COMMAND or --plugins-dir DIR");
  }
  return {
    endpoint: apiRoot(check("KEPTN_API_ENDPOINT or --endpoint", ENDPOINT, address)),
    token: flags["api-token"] ?? env.KEPTN_API_TOKEN ?? "",
    name: flags.name ?? "periplus-plane",
    namespace: env.K8S_NAMESPACE || "periplus",
    dataDir: resolve(flags["data-dir"] ?? env.PERIPLUS_DATA_DIR ?? ".periplus-plane"),
    plugins: plugins.map((folder) => resolve(folder)),
    programs,
    allow: (flags.allow ?? []).map(readAllow),
    filter: {
      projects: check("PROJECT_FILTER", LISTED, env.PROJECT_FILTER),
      stages: check("STAGE_FILTER", LISTED, env.STAGE_FILTER),
      services: check("SERVICE_FILTER", LISTED, env.SERVICE_FILTER),
    },
    interval: check("HTTP_POLLING_INTERVAL", SECONDS, env.HTTP_POLLING_INTERVAL || undefined),
    dev: flags.dev ?? false,
    verbose: flags.verbose ?? false,
  };
}

function readFlags(argv: readonly string[]) {
  const many = { type: "string", multiple: true } as const;
  const one = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...argv],
      options: {
        run: many,
        allow: many,
        plugins: many,
        "plugins-dir": many,
        endpoint: one,
        "api-token": one,
        name: one,
        "data-dir": one,
        dev: { type: "boolean" },
        verbose: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function readProgram(text: string): [string, string] {
  const at = text.indexOf("=");
  const task = text.slice(0, at).trim();
  const command = text.slice(at + 1).trim();
  if (at < 1 || !/^[a-z][\w-]*$/i.test(task) || command === "") {
    throw invalid(`--run ${text}: expected TASK=COMMAND, such as --run deployment=./deploy.sh`);
  }
  return [task, command];
}

function readAllow(text: string): [string, string] {
  const [, plugin, address] = /^([a-z][a-z0-9-]*)=(.+)$/.exec(text) ?? [];
  if (plugin !== undefined && address !== undefined) return [plugin, address];
  throw invalid(
    `--allow ${text}: expected PLUGIN=ADDRESS, such as --allow argo=https://argo.example`,
  );
}

function check<T>(name: string, schema: z.ZodType<T>, value: string | undefined): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(`${name}: ${parsed.error.issues[0]?.message ?? "not understood"}`);
}

function apiRoot(address: string): string {
  const bare = address.replace(/\/+$/, "");
  return bare.endsWith("/api") ? bare : `${bare}/api`;
}

function invalid(message: string): KeptnError {
  return new KeptnError("ERR_CONFIG_INVALID", message);
}
