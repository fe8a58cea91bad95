/** Files of the project at the commit of the event. @module */
import { z } from "zod";
import { encodeBase64 } from "../../spec/base64.ts";
import { KeptnError } from "../../spec/errors.ts";
import type { KeptnEvent } from "../../spec/event.ts";
import type { Json } from "../../spec/json.ts";
import { parseRemediation } from "../../spec/remediation.ts";
import { mergeSlis, NO_INDICATORS, type Sli } from "../../spec/sli.ts";
import { parseSliLevel } from "../../spec/sli_file.ts";
import type { Slo } from "../../spec/slo.ts";
import { parseSlo } from "../../spec/slo_file.ts";
import { type Problem, readYaml } from "../../spec/yaml.ts";
import { scopeOf } from "../answer.ts";
import { type CallScope, type Capability, Denied, GuestError } from "../call.ts";
import { allowCommand } from "../grants.ts";
import type { ResourcePlace } from "../ports.ts";
import type { Calls, FoundFile, Level } from "../sandbox/calls.ts";

const LEVEL = z.enum(["project", "stage", "service"]);
const AT = { level: LEVEL.optional(), newest: z.boolean().optional() };
const FILE_KIND = z.enum(["sli", "remediation", "webhook", "job"]);

export const resourceArgs = {
  "resources.read": z.object({ uri: z.string().min(1), ...AT }),
  "resources.parse": z.object({
    uri: z.string().min(1),
    ...AT,
    as: FILE_KIND.optional(),
  }),
  "resources.slo": z.object(AT),
  "resources.list": z.object({ level: LEVEL }),
  "resources.sli": z.object({ provider: z.string().regex(/^[\w.-]+$/) }),
  "resources.write": z.object({
    uri: z.string().min(1),
    content: z.string(),
    level: LEVEL,
    message: z.string().optional(),
  }),
};
type Args = { [N in keyof typeof resourceArgs]: z.infer<(typeof resourceArgs)[N]> };

const DOWNWARDS: readonly Level[] = ["project", "stage", "service"];

export const read: Capability<Args["resources.read"], FoundFile | null> = {
  journaled: "read",
  run: ({ uri, ...at }, call) => find(call, uri, at),
};

export const parse: Capability<
  Args["resources.parse"],
  { value: Json; level: Level; commit: string } | null
> = {
  journaled: "read",
  async run({ uri, as, ...at }, call) {
    const file = await find(call, uri, at);
    if (!file) return null;
    return { value: valueOf(file, as), level: file.level, commit: file.commit };
  },
};

/** As the Keptn file that it is, or as plain YAML. */
function valueOf(file: FoundFile, as: Args["resources.parse"]["as"]): Json {
  if (as !== "remediation") return parseFile(file, "1.2");
  const read = parseRemediation(file.content);
  if (read.ok) return read.value as unknown as Json;
  const { line, column, message } = read.problems[0] ?? { line: 1, column: 1, message: read.why };
  throw new GuestError("SyntaxError", `${file.uri}:${line}:${column} ${message}`);
}

export const slo: Capability<Args["resources.slo"], Calls["resources.slo"]["answer"]> = {
  journaled: "read",
  async run(at, call) {
    const file = await find(call, "slo.yaml", at);
    // An empty file counts as none (Keptn: lighthouse.md 1.5).
    if (!file?.content) return null;
    const contentBase64 = encodeBase64(new TextEncoder().encode(file.content));
    return { slo: sloOf(file) as unknown as Json, contentBase64 };
  },
};

export const list: Capability<Args["resources.list"], string[]> = {
  journaled: "read",
  async run({ level }, call) {
    if (!hasLevel(call.event, level)) return [];
    const { paths } = await call.ports.resources.list(placeOf(call, level));
    return [...paths];
  },
};

/** `PROVIDER/sli.yaml` of all levels, the more special one winning by indicator. */
export const sli: Capability<Args["resources.sli"], Calls["resources.sli"]["answer"]> = {
  journaled: "read",
  async run({ provider }, call) {
    const uri = `${provider}/sli.yaml`;
    const files: Sli[] = [];
    for (const level of DOWNWARDS) {
      const file = await readAt(call, uri, level, false);
      if (file) files.push(sliOf(file));
    }
    const { indicators, units } = mergeSlis(files);
    if (files.length > 0 && Object.keys(indicators).length === 0) {
      throw new GuestError("Error", `${uri}: ${NO_INDICATORS}`);
    }
    return files.length > 0 ? { indicators: { ...indicators }, units: { ...units } } : null;
  },
};

export const write: Capability<Args["resources.write"], { commit: string }> = {
  journaled: "atomic",
  async run({ uri, content, level, message }, call) {
    const { manifest, ports, task, grant } = call;
    if (!grant.write) {
      throw new Denied(
        "resources write",
        `${manifest.name} may not write resources of ${task.project}`,
        allowCommand(manifest.name, ["resources write"]),
      );
    }
    const change = { path: uri, content: new TextEncoder().encode(content) };
    return ports.resources.write(
      placeOf(call, level),
      [change],
      message ?? `${manifest.name}: ${uri}`,
      // The commit's id is not known inside its own write; a repeated call learns the head instead.
      call.along({ commit: "" }),
    );
  },
};

function sloOf(file: FoundFile): Slo {
  const read = parseSlo(file.content);
  if (!read.ok) throw syntaxError(file, read.problems);
  return read.slo;
}

function sliOf(file: FoundFile): Sli {
  const read = parseSliLevel(file.content);
  if (!read.ok) throw syntaxError(file, read.problems);
  return read.sli;
}

/** Parses a file; a fault is told with file, line and column. */
export function parseFile(file: FoundFile, version: "1.1" | "1.2"): Json {
  const { value, problems } = readYaml(file.content, version);
  if (problems.length > 0) throw syntaxError(file, problems);
  return value ?? null;
}

function syntaxError({ uri, level }: FoundFile, problems: readonly Problem[]): GuestError {
  const { line, column, message } = problems[0] ?? { line: 1, column: 1, message: "unreadable" };
  return new GuestError("SyntaxError", `${uri}:${line}:${column} ${message} (${level} level)`);
}

async function find(
  call: CallScope,
  uri: string,
  { level, newest = false }: Args["resources.slo"],
): Promise<FoundFile | null> {
  for (const one of level ? [level] : DOWNWARDS.toReversed()) {
    const file = await readAt(call, uri, one, newest);
    if (file) return file;
  }
  return null;
}

/** One level; null when the file, or the level itself, is not there. */
async function readAt(
  call: CallScope,
  uri: string,
  level: Level,
  newest: boolean,
): Promise<FoundFile | null> {
  if (!hasLevel(call.event, level)) return null;
  const pinned = level !== "project" && !newest;
  const commit = pinned ? call.event.gitcommitid || undefined : undefined;
  try {
    const found = await call.ports.resources.read(placeOf(call, level), uri, commit);
    const content = new TextDecoder().decode(found.content);
    return { uri, content, level, commit: found.commit };
  } catch (error) {
    if (KeptnError.is(error, "ERR_RESOURCE_UNKNOWN")) return null;
    throw error;
  }
}

/** Tells whether an event names a level: `monitoring.configure`, for one, is about no stage. */
export function hasLevel(event: KeptnEvent, level: Level): boolean {
  const { stage, service } = scopeOf(event);
  return level === "project" || (stage !== "" && (level === "stage" || service !== ""));
}

/** The place of a level of the event's service. */
export function placeOf(call: Pick<CallScope, "event">, level: Level): ResourcePlace {
  const { project, stage, service } = scopeOf(call.event) as { [key: string]: string };
  return {
    project: project ?? "",
    ...(level === "project" ? {} : { stage: stage ?? "" }),
    ...(level === "service" ? { service: service ?? "" } : {}),
  };
}
