/** What a plugin says about itself: read from its code, or from `plugin.json` when that stands beside it. @module */
import { z } from "zod";
import { KeptnError } from "../spec/errors.ts";
import { isObject, type JsonObject } from "../spec/json.ts";

export interface Limits {
  /** Instructions per activation. */
  readonly fuel: number;
  /** Guest memory in bytes. */
  readonly memory: number;
  /** Guest time per activation in milliseconds, host calls not counted. */
  readonly wall: number;
  /** Capability calls per task. */
  readonly calls: number;
}

/** What a plugin asks for; nothing of it is granted by asking. */
export interface Asked {
  /** Origins, CIDRs or `{config.X}`. */
  readonly http: readonly string[];
  readonly secrets: readonly string[];
  /** Event types or tasks that it may send beside its own answers. */
  readonly events: readonly string[];
  /** `read` needs no grant. */
  readonly resources: "read" | "write";
}

export interface TaskManifest {
  /** JSON Schema of the shipyard task's properties; absent = anything. */
  readonly props?: JsonObject;
  readonly cancels: boolean;
  readonly onUncertain: "resend" | "fail";
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** `source` of the events it sends; default: the name. */
  readonly source?: string;
  readonly api: 1;
  readonly allow: Asked;
  readonly limits: Limits;
  /** JSON Schema of `<plugin>/config.yaml`; absent = no configuration. */
  readonly config?: JsonObject;
  readonly tasks: { readonly [task: string]: TaskManifest };
  /** Event types, without the prefix, that `on` handlers listen to. */
  readonly on: readonly string[];
}

/** What holds when a plugin asks for nothing else. */
export const DEFAULT_LIMITS: Limits = {
  fuel: 2_000_000,
  memory: 16 << 20,
  wall: 5_000,
  calls: 200,
};
const MOST: Limits = { fuel: 50_000_000, memory: 48 << 20, wall: 60_000, calls: 10_000 };
const LEAST: Limits = { fuel: 10_000, memory: 4 << 20, wall: 10, calls: 1 };

const limit = (name: keyof Limits): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(LEAST[name]).max(MOST[name]).default(DEFAULT_LIMITS[name]);
const texts = z.array(z.string().min(1)).default([]);
const jsonSchema = z.custom<JsonObject>(isObject, "must be a JSON Schema (an object)");

const taskSchema = z.strictObject({
  runs: z.literal(true, { error: "run is missing" }).optional(),
  props: jsonSchema.optional(),
  cancels: z.boolean().default(true),
  onUncertain: z.enum(["resend", "fail"]).default("resend"),
});

const manifestSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, "must be lower case letters, digits and dashes"),
  version: z.string().min(1).max(100),
  source: z.string().min(1).max(200).optional(),
  api: z.literal(1, { error: "must be 1, the only plugin API of this Periplus" }),
  allow: z
    .strictObject({
      http: texts,
      secrets: texts,
      events: texts,
      resources: z.enum(["read", "write"]).default("read"),
    })
    .prefault({}),
  limits: z
    .strictObject({
      fuel: limit("fuel"),
      memory: limit("memory"),
      wall: limit("wall"),
      calls: limit("calls"),
    })
    .prefault({}),
  config: jsonSchema.optional(),
  tasks: z
    .record(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, "must be the name of a task"),
      taskSchema,
    )
    .default({}),
  on: z.array(z.string().min(1)).default([]),
});

/**
 * Checks a manifest and fills in what it leaves out.
 *
 * `where` names the file it came from. @throws {KeptnError} ERR_PLUGIN_MANIFEST, one line per fault.
 */
export function parseManifest(value: unknown, where: string): Manifest {
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${where}: ${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`,
    );
    throw new KeptnError("ERR_PLUGIN_MANIFEST", problems.join("\n"), { problems });
  }
  const { tasks, source, config, ...rest } = parsed.data;
  return {
    ...rest,
    ...(source === undefined ? {} : { source }),
    ...(config === undefined ? {} : { config }),
    tasks: Object.fromEntries(
      Object.entries(tasks).map(([task, { props, cancels, onUncertain }]) => [
        task,
        { ...(props === undefined ? {} : { props }), cancels, onUncertain },
      ]),
    ),
  };
}
