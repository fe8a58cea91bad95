/** Every setting: its name, meaning, default, and how its text is read. @module */
import { z } from "zod";
import { parseDuration } from "../spec/duration.ts";

export interface Field<T = unknown> {
  readonly name: string;
  /** Older names of the same setting. */
  readonly aliases?: readonly string[];
  readonly meaning: string;
  /** What a text means; its error message says what would be right. */
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
  /** A value that cannot be read counts as absent, as in Keptn (CFG-01). */
  readonly lenient?: boolean;
  /** What this version does instead of obeying it; said at the start when it is set. */
  readonly unheeded?: string;
  /** Never shown in messages. */
  readonly secret?: boolean;
}

const text = z.string();
const port = number("a port number, 0 to 65535", 0, 65_535);
const boolean = z
  .string()
  .refine((value) => /^(true|false|1|0|t|f)$/i.test(value), "true or false is expected")
  .transform((value) => /^(true|1|t)$/i.test(value));
const list = text.transform((value) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean),
);
const duration = z
  .string()
  .transform((value) => parseDuration(value) ?? 0)
  .refine((value) => value > 0, "a duration such as 90s, 10m or 1h30m is expected");
const url = (...schemes: string[]) =>
  text.refine(
    (value) => schemes.some((scheme) => value.startsWith(`${scheme}:`)),
    `an address that starts with ${schemes.map((scheme) => `${scheme}:`).join(" or ")} is expected`,
  );

function number(what: string, least: number, most = Number.MAX_SAFE_INTEGER) {
  return text
    .refine((value) => /^-?\d+$/.test(value), `${what} is expected`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `${what} is expected`);
}

function field<T>(
  name: string,
  meaning: string,
  schema: z.ZodType<T>,
  fallback: T,
  more: Partial<Field<T>> = {},
): Field<T> {
  return { name, meaning, schema, fallback, ...more };
}

/** A duration of Keptn's: what cannot be read, is empty or zero falls back (Keptn: orchestration.md 26). */
function wait(name: string, meaning: string, fallback: string): Field<number> {
  return field(name, meaning, duration, parseDuration(fallback)!, { lenient: true });
}

const optional = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> => schema;

export const FIELDS = {
  port: field("PORT", "port of page and API", port, 8090),
  host: field("PERIPLUS_HOST", "address to listen on", text, "127.0.0.1"),
  dataDir: field(
    "PERIPLUS_DATA_DIR",
    "folder of database, repositories and keys",
    text,
    ".periplus",
  ),
  secretToken: field(
    "SECRET_TOKEN",
    "API token; made and kept in the data directory when absent",
    optional(text.min(8, "at least 8 characters are expected")),
    undefined,
    { secret: true },
  ),
  secretKey: field(
    "PERIPLUS_SECRET_KEY",
    "master key of stored secrets; made and kept in the data directory when absent",
    optional(text.min(16, "at least 16 characters are expected")),
    undefined,
    { secret: true },
  ),
  natsUrl: field(
    "NATS_URL",
    "NATS server that carries events between processes; embedded when absent",
    optional(url("nats", "tls", "ws", "wss")),
    undefined,
    {
      aliases: ["PUBSUB_URL"],
      unheeded: "this version does not speak NATS yet, events stay inside this host",
    },
  ),
  dbUrl: field(
    "PERIPLUS_DB_URL",
    "libSQL server; a file in the data directory when absent",
    optional(url("libsql", "http", "https", "ws", "wss", "file")),
    undefined,
  ),
  dbToken: field("PERIPLUS_DB_TOKEN", "token for the libSQL server", optional(text), undefined, {
    secret: true,
  }),
  pluginsDir: field("PERIPLUS_PLUGINS_DIR", "folder for plugins of your own", text, "plugins"),
  pluginsOff: field("PERIPLUS_PLUGINS_OFF", "names of plugins to leave out", list, []),
  dev: field("PERIPLUS_DEV", "grant plugins what they ask for, and say so", boolean, false),
  takeOver: field("PERIPLUS_TAKE_OVER", "start beside a live Keptn controller", boolean, false, {
    unheeded: "this version does not speak NATS yet, there is nobody to stand beside",
  }),
  retention: wait("PERIPLUS_RETENTION", "how long what is over is kept", "2160h"),
  prefixPath: field("PREFIX_PATH", "put in front of every path", prefix(), ""),
  namespace: field("POD_NAMESPACE", "namespace shown in the metadata", text, "keptn"),
  logLevel: field(
    "LOG_LEVEL",
    "debug, info, warn or error",
    z.preprocess(
      (value) => String(value).toLowerCase().replace("warning", "warn"),
      z.enum(["debug", "info", "warn", "error"], "debug, info, warn or error is expected"),
    ),
    "info",
    { lenient: true },
  ),
  taskStartedWait: wait(
    "TASK_STARTED_WAIT_DURATION",
    "how long a task may wait for its first started event",
    "10m",
  ),
  integrationTtl: wait("UNIFORM_INTEGRATION_TTL", "how long a silent integration is kept", "48h"),
  logTtl: wait("LOG_TTL", "how long error logs of integrations are kept", "120h"),
  projectNameMaxSize: field(
    "PROJECT_NAME_MAX_SIZE",
    "longest project name",
    number("a number", 1),
    200,
  ),
  serviceNameMaxSize: field(
    "SERVICE_NAME_MAX_SIZE",
    "longest service name",
    number("a number", 1),
    43,
  ),
  eventValidation: field(
    "EVENT_VALIDATION_ENABLED",
    "Keptn's checks of event data",
    boolean,
    false,
  ),
  maxEventSizeKb: field(
    "MAX_EVENT_SIZE_KB",
    "largest event when checked",
    number("a number", -1),
    64,
  ),
  keptnSpecVersion: field("KEPTN_SPEC_VERSION", "attribute shkeptnspecversion", text, "0.2.4"),
  provisioningUrl: field(
    "AUTOMATIC_PROVISIONING_URL",
    "service that provides upstream repositories",
    optional(url("http", "https")),
    undefined,
    { unheeded: "this version has no upstream repositories yet" },
  ),
  directoryStages: field(
    "DIRECTORY_STAGE_STRUCTURE",
    "stages as folders of one branch",
    boolean,
    false,
  ),
  defaultBranch: field("DEFAULT_REMOTE_GIT_BRANCH", "name of the default branch", text, "master"),
  gitUser: field("GIT_KEPTN_USER", "author of commits", text, "keptn"),
  gitEmail: field("GIT_KEPTN_EMAIL", "address of that author", text, "keptn@keptn.sh"),
  limitBadTokens: field("MAX_AUTH_ENABLED", "limit answers to wrong tokens", boolean, true),
  badTokensPerSecond: field(
    "MAX_AUTH_REQUESTS_PER_SECOND",
    "wrong tokens answered a second",
    number("a number", 0),
    1,
  ),
  badTokensBurst: field(
    "MAX_AUTH_REQUESTS_BURST",
    "wrong tokens at once",
    number("a number", 0),
    2,
  ),
} satisfies Record<string, Field<never> | Field<unknown>>;

function prefix() {
  return text.transform((value) => {
    const bare = value.replace(/^\/+|\/+$/g, "");
    return bare === "" ? "" : `/${bare}`;
  });
}

/** All settings, read. */
export type Settings = { readonly [key in keyof typeof FIELDS]: (typeof FIELDS)[key]["fallback"] };
