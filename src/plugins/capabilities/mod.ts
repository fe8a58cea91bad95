/** Every capability by the name under which guests call it. @module */
import { z } from "zod";
import type { Json } from "../../spec/json.ts";
import {
  type CallScope,
  type Capability,
  GuestError,
  type Journaled,
  type SUSPEND,
} from "../call.ts";
import type { GuestCall } from "../sandbox/types.ts";
import { answerers, eventArgs, ofContext, query, request, send } from "./events.ts";
import { httpArgs, httpRead, httpWrite } from "./http.ts";
import { kvArgs, kvDelete, kvGet, kvList, kvSet } from "./kv.ts";
import { list, parse, read, resourceArgs, sli, slo, write } from "./resources.ts";
import { callback, callbackWait, poll, sleep, waitArgs } from "./waits.ts";

/** A call whose arguments were checked, ready to run. */
export interface Prepared {
  readonly journaled: Journaled;
  run(scope: CallScope): Promise<Json | typeof SUSPEND>;
}

type Prepare = (args: Json, name: string) => Prepared;

function capability<Schema extends z.ZodType, Answer>(
  schema: Schema,
  one:
    | Capability<z.infer<Schema>, Answer>
    | ((args: z.infer<Schema>) => Capability<z.infer<Schema>, Answer>),
): Prepare {
  return (raw, name) => {
    const parsed = schema.safeParse(raw);
    if (!parsed.success) {
      throw new GuestError("TypeError", `${name}: ${z.prettifyError(parsed.error)}`);
    }
    const args = parsed.data;
    const chosen = typeof one === "function" ? one(args) : one;
    return {
      journaled: chosen.journaled,
      run: (scope) => chosen.run(args, scope) as Promise<Json | typeof SUSPEND>,
    };
  };
}

const CAPABILITIES: ReadonlyMap<string, Prepare> = new Map([
  ["http", capability(httpArgs.http, (args) => (isSafe(args.method) ? httpRead : httpWrite))],
  ["kv.get", capability(kvArgs["kv.get"], kvGet)],
  ["kv.set", capability(kvArgs["kv.set"], kvSet)],
  ["kv.delete", capability(kvArgs["kv.delete"], kvDelete)],
  ["kv.list", capability(kvArgs["kv.list"], kvList)],
  ["resources.read", capability(resourceArgs["resources.read"], read)],
  ["resources.parse", capability(resourceArgs["resources.parse"], parse)],
  ["resources.slo", capability(resourceArgs["resources.slo"], slo)],
  ["resources.list", capability(resourceArgs["resources.list"], list)],
  ["resources.sli", capability(resourceArgs["resources.sli"], sli)],
  ["resources.write", capability(resourceArgs["resources.write"], write)],
  ["events.query", capability(eventArgs["events.query"], query)],
  ["events.get", capability(eventArgs["events.get"], ofContext)],
  ["events.answerers", capability(eventArgs["events.answerers"], answerers)],
  ["send", capability(eventArgs.send, send)],
  ["request", capability(eventArgs.request, request)],
  ["sleep", capability(waitArgs.sleep, sleep)],
  ["poll", capability(waitArgs.poll, poll)],
  ["callback", capability(waitArgs.callback, callback)],
  ["callback.wait", capability(waitArgs["callback.wait"], callbackWait)],
]);

/**
 * Checks a call's arguments and says how it is journaled.
 *
 * @throws {GuestError} when there is no such capability or an argument is wrong
 */
export function prepare(call: GuestCall): Prepared {
  const made = CAPABILITIES.get(call.name);
  if (!made) throw new GuestError("TypeError", `there is no capability "${call.name}"`);
  return made(call.args, call.name);
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
