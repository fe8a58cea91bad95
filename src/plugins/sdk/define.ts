/** The definition of a plugin: what it needs stands beside the code that uses it. @module */
import type { JsonObject } from "../../spec/json.ts";
import type { Context, TaskContext } from "./context.ts";
import type { Result } from "./results.ts";
import type { Schema } from "./schema.ts";

/** What a plugin asks for; nothing of it is granted by asking. */
export interface Allow {
  /** Origins, `host:port`, CIDRs or `{config.KEY}`. */
  readonly http?: readonly string[];
  readonly secrets?: readonly string[];
  /** Event types that it sends beside its own answers. */
  readonly events?: readonly string[];
  /** `read` needs no grant. */
  readonly resources?: "read" | "write";
}

export interface AskedLimits {
  /** Instructions per activation; 2 million unless set, at most 50 million. */
  readonly fuel?: number;
  /** Guest memory in bytes; 16 MB unless set. */
  readonly memory?: number;
  /** Guest time per activation in milliseconds, host calls not counted. */
  readonly wall?: number;
  /** Capability calls per task; the turns of a `poll` count once. */
  readonly calls?: number;
}

export type Run<Config, Props> = (
  ctx: TaskContext<Config, Props>,
) => Promise<Result | void> | Result | void;

export interface Task<Config, Props> {
  /** Properties of the shipyard task. */
  readonly props?: Schema<Props>;
  /** `fail`: a POST or PATCH that a crash interrupted throws `Uncertain` instead of being sent again. */
  readonly onUncertain?: "resend" | "fail";
  run(ctx: TaskContext<Config, Props>): Promise<Result | void> | Result | void;
  /** Runs on abort and time-out, with a budget of its own. */
  cancel?(ctx: TaskContext<Config, Props>): Promise<void> | void;
}

export type On<Config> = {
  readonly [type: string]: (ctx: Context<Config>) => Promise<void> | void;
};

export interface Plugin<Config = JsonObject, Tasks = { readonly [task: string]: unknown }> {
  /** Lower case letters, digits and dashes; the folder's name. */
  readonly name: string;
  readonly version: string;
  readonly api: 1;
  /** The `source` of its answers; `NAME-service` unless set. */
  readonly source?: string;
  readonly allow?: Allow;
  readonly limits?: AskedLimits;
  /** The shape of `NAME/config.yaml` in the project's files. */
  readonly config?: Schema<Config>;
  /** Handlers of `sh.keptn.event.TASK.triggered`. */
  readonly tasks?: {
    readonly [T in keyof Tasks]: Task<Config, Tasks[T]> | Run<Config, Tasks[T]>;
  };
  /** Listeners to other events, named without `sh.keptn.event.`; they answer nothing. */
  readonly on?: On<Config>;
}

/** Types a plugin; the default export of `plugin.ts`. */
export function definePlugin<Config = JsonObject, Tasks = { readonly [task: string]: JsonObject }>(
  plugin: Plugin<Config, Tasks>,
): Plugin<Config, Tasks> {
  return plugin;
}
