/** What a plugin says about itself: read from its code, or from `plugin.json` when that stands beside it. @module */
import type { JsonObject } from "../spec/json.ts";

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
