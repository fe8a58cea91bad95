/** Runs a plugin's handler against a scenario, in virtual time. @module */
import { KeptnError } from "../../spec/errors.ts";
import type { KeptnEvent } from "../../spec/event.ts";
import { EVENT_PREFIX } from "../../spec/event_type.ts";
import type { JsonObject } from "../../spec/json.ts";
import { type Manifest, parseManifest } from "../manifest.ts";
import { checkSchema } from "../schema_check.ts";
import { describe } from "../sandbox/guest/describe.ts";
import type { Activation, Ended, Handler, LoadedPlugin } from "../sandbox/types.ts";
import { runDurably } from "./durable.ts";
import { runNatively } from "./native.ts";
import type { Scenario, Simulated } from "./scenario.ts";
import { World } from "./world.ts";

export type { HttpReplies, HttpReply, Scenario, Simulated, SimulatedCall } from "./scenario.ts";

/** What `definePlugin` gives. */
interface AnyPlugin {
  readonly name: string;
  readonly version: string;
  readonly api: 1;
}

const START = "2024-05-01T10:00:00.000Z";

/**
 * Runs one handler of a plugin and gives its result, progress and calls.
 *
 * A definition runs in this runtime; a plugin that a sandbox loaded runs in the sandbox,
 * suspended and resumed at every wait of over a second. Config and props are checked against their schemas and filled with defaults, as the host does it.
 */
export async function simulate(
  plugin: AnyPlugin | LoadedPlugin,
  scenario: Scenario = {},
): Promise<Simulated> {
  const loaded = "manifest" in plugin ? plugin : undefined;
  const manifest = loaded?.manifest ?? manifestOf(plugin as AnyPlugin);
  const handler = handlerOf(manifest, scenario);
  const event = eventOf(handler, scenario);
  const now = Date.parse(scenario.now ?? event.time ?? START);
  const world = new World(scenario, event, now);
  const log: string[] = [];
  const activation: Activation = {
    handler,
    input: {
      event: event as unknown as JsonObject,
      config: checked(manifest.config, scenario.config, "config"),
      props: checked(propsOf(manifest, handler), scenario.props, "props"),
      secrets: placeholders(scenario.secrets ?? {}),
    },
    now,
    seed: 1,
    replay: [],
    call: (call) => world.answer(call),
    log: (level, line) => log.push(`${level} ${line}`),
  };
  const ended = loaded
    ? await runDurably(loaded, activation)
    : ((await runNatively(plugin, activation)) as Ended);
  return { ...outcomeOf(ended), ...seenBy(world), ended, log, took: world.now - now };
}

function manifestOf(plugin: AnyPlugin): Manifest {
  return parseManifest(
    JSON.parse(JSON.stringify(describe(plugin))),
    `${plugin.name}: definePlugin`,
  );
}

function handlerOf(manifest: Manifest, { task, on, cancel }: Scenario): Handler {
  if (on !== undefined) return { kind: "on", type: on };
  const known = Object.keys(manifest.tasks);
  const chosen = task ?? known[0];
  if (chosen === undefined || !known.includes(chosen) || (task === undefined && known.length > 1)) {
    throw new Error(`simulate: name one of the tasks ${known.join(", ")} of ${manifest.name}`);
  }
  return { kind: cancel ? "cancel" : "task", task: chosen };
}

function eventOf(handler: Handler, { data, event, now = START, props }: Scenario): KeptnEvent {
  const type = handler.kind === "on" ? handler.type : `${handler.task}.triggered`;
  const block = handler.kind !== "on" && props ? { [handler.task]: props } : {};
  const whole = {
    id: "event-1",
    source: "shipyard-controller",
    specversion: "1.0",
    type: EVENT_PREFIX + type,
    time: now,
    shkeptncontext: "context-1",
    ...event,
    data: { project: "sockshop", stage: "dev", service: "carts", ...block, ...data },
  };
  return JSON.parse(JSON.stringify(whole)) as KeptnEvent;
}

function propsOf(manifest: Manifest, handler: Handler): JsonObject | undefined {
  return handler.kind === "on" ? undefined : manifest.tasks[handler.task]?.props;
}

function checked(
  schema: JsonObject | undefined,
  value: { readonly [key: string]: unknown } = {},
  what: string,
): JsonObject {
  if (!schema) return value as JsonObject;
  const { value: filled, problems } = checkSchema(schema, value as JsonObject);
  if (problems.length === 0) return filled as JsonObject;
  const lines = problems.map(({ path, message }) => `${[what, ...path].join(".")}: ${message}`);
  throw new KeptnError("ERR_CONFIG_INVALID", lines.join("\n"), { problems });
}

function placeholders(secrets: NonNullable<Scenario["secrets"]>): { [nameAndKey: string]: string } {
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([name, keys]) =>
      Object.keys(keys).map((key) => [`${name}/${key}`, `secret(${name}/${key})`]),
    ),
  );
}

function outcomeOf(ended: Ended): Pick<Simulated, "result" | "status" | "message" | "data"> {
  switch (ended.kind) {
    case "returned":
      return {
        result: ended.result,
        status: ended.status ?? "succeeded",
        message: ended.message ?? "",
        data: ended.data ?? {},
      };
    case "failed":
      return { result: "fail", status: "errored", message: ended.message, data: {} };
    case "left-open":
      return { result: undefined, status: undefined, message: ended.message ?? "", data: {} };
    case "ignored":
    case "suspended":
      return { result: undefined, status: undefined, message: ended.kind, data: {} };
  }
}

function seenBy(
  world: World,
): Pick<Simulated, "progress" | "calls" | "requests" | "sent" | "written" | "kv"> {
  const { progress, calls, requests, sent, written, kv } = world;
  return { progress, calls, requests, sent, written, kv: Object.fromEntries(kv) };
}
