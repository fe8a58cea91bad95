/** What a simulated run is given, and what it gives. @module */
import type { JsonObject } from "../../spec/json.ts";
import type { HttpCall, RequestAnswer } from "../sandbox/calls.ts";
import type { Ended } from "../sandbox/types.ts";

/** A status, or status with a body; `json` sets the content type. */
export type HttpReply =
  | number
  | {
      readonly status?: number;
      readonly headers?: { readonly [name: string]: string };
      readonly json?: unknown;
      readonly text?: string;
    };

/** One reply for all, one after the other (the last for the rest), or computed. */
export type HttpReplies =
  | HttpReply
  | readonly HttpReply[]
  | ((request: HttpCall & { readonly json: unknown }) => HttpReply);

export interface Scenario {
  /** The task to run; the plugin's only one unless set. */
  readonly task?: string;
  /** The event type of an `on` handler, in place of a task. */
  readonly on?: string;
  /** Runs the task's `cancel`. */
  readonly cancel?: boolean;
  /** Data of the event, over `{ project: "sockshop", stage: "dev", service: "carts" }`. */
  readonly data?: { readonly [key: string]: unknown };
  /** Other attributes of the event. */
  readonly event?: { readonly [attribute: string]: unknown };
  readonly props?: { readonly [key: string]: unknown };
  readonly config?: { readonly [key: string]: unknown };
  /** Values by secret and key; the guest sees placeholders. */
  readonly secrets?: { readonly [name: string]: { readonly [key: string]: string } };
  /** Replies by `METHOD pattern`; `*` is anything but a slash, `**` anything. */
  readonly http?: { readonly [methodAndUrl: string]: HttpReplies };
  /** Files of the service, by their URI. */
  readonly files?: { readonly [uri: string]: string };
  readonly stageFiles?: { readonly [uri: string]: string };
  readonly projectFiles?: { readonly [uri: string]: string };
  /** Answers to `ctx.request` by type. */
  readonly answers?: {
    readonly [type: string]:
      readonly Partial<RequestAnswer>[] | ((data: JsonObject) => readonly Partial<RequestAnswer>[]);
  };
  /** Names of installed plugins by the task that they answer. */
  readonly answerers?: { readonly [task: string]: readonly string[] };
  /** The log that `ctx.events` reads, oldest first. */
  readonly events?: readonly JsonObject[];
  readonly kv?: { readonly [key: string]: unknown };
  /** What foreign systems post to callbacks, in order. */
  readonly callbacks?: readonly unknown[];
  /** The virtual time of the start, ISO 8601. */
  readonly now?: string;
}

/** One capability call of a simulated run; for polls every turn. */
export interface SimulatedCall {
  readonly name: string;
  readonly args: JsonObject;
  readonly answer: unknown;
  /** The virtual time of its answer, in milliseconds. */
  readonly now: number;
}

export interface Simulated {
  readonly ended: Ended;
  /** `pass`, `warning` or `fail`; undefined when left open. A failed run is `fail`. */
  readonly result: "pass" | "warning" | "fail" | undefined;
  readonly status: "succeeded" | "errored" | undefined;
  readonly message: string;
  readonly data: JsonObject;
  readonly progress: readonly string[];
  readonly calls: readonly SimulatedCall[];
  readonly requests: readonly (HttpCall & { readonly json: unknown })[];
  readonly sent: readonly { readonly type: string; readonly data: JsonObject }[];
  readonly written: { readonly [uri: string]: string };
  readonly kv: { readonly [key: string]: unknown };
  readonly log: readonly string[];
  /** Virtual milliseconds from start to end. */
  readonly took: number;
}
