/** The first thing that runs in a guest: takes the host's function away, puts the globals in place. @module */
import type { Finished, LeftOpen } from "../../sdk/results.ts";
import { type Post, POST } from "../post.ts";
import type { GuestInput, Handler } from "../types.ts";
import { createContext, createTaskContext } from "./context.ts";
import { describe } from "./describe.ts";
import { installGlobals } from "./globals.ts";
import { seeded } from "./random.ts";
import { Wire } from "./wire.ts";

/** What the host calls; it lies on the global object only until the host has taken it. */
export interface Entry {
  run(handlerJson: string, inputJson: string, seed: number): void;
  settle(index: number, ok: number, json: string): void;
  describe(): string;
  /** The stack of whoever was interrupted. */
  stack(): string;
}

const global = globalThis as unknown as { __post?: Post; __entry?: Entry };
const post = global.__post!;
delete global.__post;

const encode = JSON.stringify;
const decode = JSON.parse;
let wire = new Wire(post);

installGlobals(() => wire);

/** Registers the plugin's module. */
export function boot(plugin: { readonly default?: unknown }): void {
  global.__entry = {
    run(handlerJson, inputJson, seed) {
      wire = new Wire(post);
      Math.random = seeded(seed);
      const handler = decode(handlerJson) as Handler;
      perform(plugin.default, handler, decode(inputJson) as GuestInput).then(
        (result) => post(POST.done, 1, "", encode(result)),
        (error: unknown) => post(POST.done, 0, "", encode(failureOf(error))),
      );
    },
    settle: (index, ok, json) => wire.settle(index, ok === 1, json),
    describe() {
      if (typeof plugin.default !== "object" || plugin.default === null) {
        throw new TypeError("no default export: write `export default definePlugin({ … })`");
      }
      return encode(describe(plugin.default));
    },
    stack: () => new Error("trapped").stack ?? "",
  };
}

type Handlers = { readonly [name: string]: unknown };
type Runs = { run?: (ctx: unknown) => unknown; cancel?: (ctx: unknown) => unknown };

async function perform(plugin: unknown, handler: Handler, input: GuestInput): Promise<unknown> {
  const { tasks = {}, on = {} } = plugin as { tasks?: Handlers; on?: Handlers };
  if (handler.kind === "on") {
    await (on[handler.type] as (ctx: unknown) => unknown)(createContext(wire, input));
    return { kind: "returned", result: "pass" };
  }
  const task = tasks[handler.task] as Runs | ((ctx: unknown) => unknown);
  const context = createTaskContext(wire, input, handler.task);
  if (handler.kind === "cancel") {
    if (typeof task === "object") await task.cancel?.(context);
    return { kind: "returned", result: "pass" };
  }
  return resultOf(await (typeof task === "function" ? task(context) : task.run!(context)));
}

function resultOf(value: unknown): unknown {
  if (value === undefined || value === null) return { kind: "returned", result: "pass" };
  const { kind } = value as Partial<Finished | LeftOpen>;
  if (kind === "returned" || kind === "left-open") return value;
  throw new TypeError(
    "a task returns ctx.pass(…), ctx.warn(…), ctx.fail(…), ctx.errored(…), ctx.leaveOpen() or nothing",
  );
}

function failureOf(error: unknown): { name: string; message: string; stack: string } {
  if (!(error instanceof Error))
    return { name: "Error", message: `threw ${String(error)}`, stack: "" };
  return {
    name: String(error.name),
    message: String(error.message),
    stack: String(error.stack ?? ""),
  };
}
