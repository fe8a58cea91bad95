/** One activation of a plugin's task: what the guest gets, what it does, what becomes of it. @module */
import type { KeptnEvent } from "../spec/event.ts";
import { dataOf } from "../spec/event.ts";
import type { JsonObject } from "../spec/json.ts";
import type { Reason } from "../spec/reason.ts";
import { type Outcome, type Sender } from "./answer.ts";
import { Broker } from "./broker.ts";
import type { Denied } from "./call.ts";
import type { Configs } from "./config.ts";
import type { Grant } from "./grants.ts";
import type { GroupWriter } from "./group_writer.ts";
import { Journal } from "./journal.ts";
import type { Manifest } from "./manifest.ts";
import type { PlatformPorts, Statement } from "./ports.ts";
import type { Bundle, Ended, FailureKind, Handler, LoadedPlugin } from "./sandbox/types.ts";
import { checkSchema } from "./schema_check.ts";
import { placeholderFor } from "./secret_text.ts";
import { pinTask, type TaskRow } from "./task_tables.ts";
import type { Voice } from "./voice.ts";
import type { Waits } from "./waits.ts";

/** A loaded version of a plugin, with what the platform must know to keep and to trust it. */
export interface Version {
  readonly loaded: LoadedPlugin;
  readonly bundle: Bundle;
  readonly shipped: boolean;
}

export interface ActivationDeps {
  readonly ports: PlatformPorts;
  readonly writer: GroupWriter;
  readonly configs: Configs;
  readonly salt: string;
  grant(version: Version, project: string): Grant;
  denied(version: Version, denial: Denied): void;
}

export type Step =
  | { readonly kind: "finish"; readonly outcome: Outcome }
  | { readonly kind: "left-open"; readonly message?: string | undefined }
  | { readonly kind: "cancelled" }
  | { readonly kind: "ignored" }
  | { readonly kind: "suspended"; readonly journal: readonly Statement[] };

export interface Activated {
  readonly step: Step;
  /** The version that the task's journal belongs to now, if it has one. */
  readonly pinned?: string;
  /** The limit that killed the run, if any. */
  readonly killed?: FailureKind;
}

const LIMITS: ReadonlySet<FailureKind> = new Set([
  "fuel",
  "memory",
  "stack",
  "wall",
  "calls",
  "output",
  "deadlock",
]);

/** Runs a handler once, from the start or over its journal. */
export async function activate(
  deps: ActivationDeps,
  work: {
    readonly task: TaskRow;
    readonly event: KeptnEvent;
    readonly version: Version;
    readonly handler: Handler;
    readonly waits: Waits;
    readonly voice: Voice;
    readonly sender: Sender;
  },
): Promise<Activated> {
  const { task, event, version, handler } = work;
  const { manifest } = version.loaded;
  const inputs = await guestInput(deps, version, task, event);
  if ("problem" in inputs) return errored(inputs.problem);
  const prefix = handler.kind === "cancel" ? "cancel:" : "";
  const journal = new Journal(deps.writer, task, {
    prefix,
    rows:
      task.epoch > 1 || prefix !== "" ? await Journal.rows(deps.ports.store, task.id, prefix) : [],
    first: task.hash === undefined ? pin(task, version) : [],
  });
  let diverged: string | undefined;
  let denial: Denied | undefined;
  const broker = new Broker({
    ports: deps.ports,
    task,
    event,
    manifest,
    sender: work.sender,
    journal,
    grant: () => deps.grant(version, task.project),
    secrets: inputs.secrets,
    voice: work.voice,
    waits: work.waits,
    denied: (latest) => deps.denied(version, (denial = latest)),
    diverged: (message) => (diverged = message),
  });
  const { ended } = await version.loaded.run({
    handler,
    input: inputs.input,
    now: task.created,
    seed: seedOf(task.id),
    replay: journal.replay(),
    call: broker.call,
    log: (level, line) =>
      deps.ports.log(level, line, {
        plugin: manifest.name,
        task: task.name,
        context: task.context,
      }),
  });
  if (diverged !== undefined) return errored(`ERR_JOURNAL_DIVERGED: ${diverged}`);
  const judged = because(judge(ended, journal), denial);
  return journal.pinned ? { ...judged, pinned: version.loaded.hash } : judged;
}

function judge(ended: Ended, journal: Journal): Activated {
  switch (ended.kind) {
    case "suspended":
      return { step: { kind: "suspended", journal: journal.take() } };
    case "ignored":
      return { step: { kind: "ignored" } };
    case "left-open":
      return { step: { kind: "left-open", message: ended.message } };
    case "returned": {
      const { result, message, data } = ended;
      const status = ended.status ?? "succeeded";
      return { step: { kind: "finish", outcome: { result, status, message, data } } };
    }
    case "failed": {
      if (ended.name === "Cancelled") return { step: { kind: "cancelled" } };
      const { file, line, column } = ended.at ?? {};
      const diverged = ended.failure === "diverged" ? "ERR_JOURNAL_DIVERGED: " : "";
      const where = ended.at ? ` (${file}:${line}:${column})` : "";
      const step = errored(`${diverged}${ended.name}: ${ended.message}${where}`);
      return LIMITS.has(ended.failure) ? { ...step, killed: ended.failure } : step;
    }
  }
}

/** A task that failed after a denial says what would have to be permitted. */
function because(activated: Activated, denial: Denied | undefined): Activated {
  const { step } = activated;
  if (!denial || step.kind !== "finish" || step.outcome.result !== "fail") return activated;
  return { ...activated, step: { ...step, outcome: { ...step.outcome, reason: denial.reason } } };
}

/** An outcome of status errored, result fail. */
export function errored(message: string, reason?: Reason): Activated {
  const why = reason ? { reason } : {};
  return {
    step: { kind: "finish", outcome: { result: "fail", status: "errored", message, ...why } },
  };
}

async function guestInput(
  deps: ActivationDeps,
  version: Version,
  task: TaskRow,
  event: KeptnEvent,
): Promise<{ input: GuestInputs; secrets: ReadonlyMap<string, string> } | { problem: string }> {
  const { manifest } = version.loaded;
  const configured = await deps.configs.read(manifest, event);
  if ("problem" in configured) return configured;
  const props = readProps(manifest, task, event);
  if ("problem" in props) return props;
  const { names, values } = await readSecrets(deps, version, task);
  const input = {
    event: event as JsonObject,
    props: props.value,
    config: configured.config,
    secrets: names,
  };
  return { input, secrets: values };
}

interface GuestInputs {
  readonly event: JsonObject;
  readonly props: JsonObject;
  readonly config: JsonObject;
  readonly secrets: { readonly [nameAndKey: string]: string };
}

function readProps(
  manifest: Manifest,
  task: TaskRow,
  event: KeptnEvent,
): { value: JsonObject } | { problem: string } {
  const given = dataOf(event)[task.name];
  const schema = manifest.tasks[task.name]?.props;
  if (!schema) return { value: typeof given === "object" ? ((given ?? {}) as JsonObject) : {} };
  const { value, problems } = checkSchema(schema, given ?? {});
  const problem = problems[0];
  if (!problem) return { value: value as JsonObject };
  const path = [task.name, ...problem.path].join(".");
  return { problem: `property ${path} of the shipyard task: ${problem.message}` };
}

/** Placeholders of the granted secrets by `name/key`, and their values by placeholder. */
async function readSecrets(
  deps: ActivationDeps,
  version: Version,
  task: TaskRow,
): Promise<{ names: { [nameAndKey: string]: string }; values: Map<string, string> }> {
  const { manifest } = version.loaded;
  const names: { [nameAndKey: string]: string } = {};
  const values = new Map<string, string>();
  const granted = deps.grant(version, task.project).secrets;
  for (const name of manifest.allow.secrets.filter((one) => granted.includes(one))) {
    const secret = await deps.ports.secrets.read(name);
    for (const [key, value] of Object.entries(secret ?? {})) {
      const placeholder = await placeholderFor(deps.salt, task.id, `${name}/${key}`);
      names[`${name}/${key}`] = placeholder;
      values.set(placeholder, value);
    }
  }
  return { names, values };
}

/** The first journal row pins the task to this version and keeps its text. */
function pin(task: TaskRow, { loaded, bundle }: Version): readonly Statement[] {
  const keep: Statement = {
    sql: `INSERT INTO bundle (hash,name,code,map) VALUES (?,?,?,?) ON CONFLICT (hash) DO NOTHING`,
    args: [loaded.hash, bundle.name, bundle.code, bundle.map],
  };
  return [pinTask(task, loaded.hash), keep];
}

/** A stable 32-bit number out of a task's id (FNV-1a). */
function seedOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
