/** Runs one handler of a plugin. @module */
import type { Result } from "../../sdk/results.ts";
import type { GuestInput, Handler } from "../types.ts";
import { createContext, createTaskContext } from "./context.ts";
import type { Wire } from "./wire.ts";

type Handlers = { readonly [name: string]: unknown };
type Runs = { run?: (ctx: unknown) => unknown; cancel?: (ctx: unknown) => unknown };

/** Runs the handler and gives its result; throws what it throws. */
export async function perform(
  wire: Wire,
  plugin: unknown,
  handler: Handler,
  input: GuestInput,
): Promise<Result> {
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

function resultOf(value: unknown): Result {
  if (value === undefined || value === null) return { kind: "returned", result: "pass" };
  const { kind } = value as Partial<Result>;
  if (kind === "returned" || kind === "left-open" || kind === "ignored") return value as Result;
  throw new TypeError(
    "a task returns ctx.pass(…), ctx.warn(…), ctx.fail(…), ctx.errored(…), ctx.leaveOpen(), ctx.ignore() or nothing",
  );
}
