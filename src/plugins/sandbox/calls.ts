/**
 * What a guest may ask of its host: name, arguments and answer of every capability call.
 *
 * The guest makes them, the broker checks the arguments again and answers. Durations are
 * milliseconds, instants are ISO 8601 UTC.
 *
 * @module
 */
import type { Json, JsonObject } from "../../spec/json.ts";

/** A body as text, or as base64 when it is not UTF-8. */
export type CallBody = { readonly text: string } | { readonly base64: string };

export interface HttpCall {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: CallBody;
  readonly redirect?: "follow" | "error" | "manual";
  readonly timeout?: number;
}

export interface HttpAnswer {
  /** The address that answered, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly statusText?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: CallBody;
}

export type Level = "project" | "stage" | "service";

/** A file of the project's resources. */
export interface FoundFile {
  readonly uri: string;
  readonly content: string;
  readonly level: Level;
  /** The commit it was read at. */
  readonly commit: string;
}

/** One answer to a `request`: a finished event. */
export interface RequestAnswer {
  readonly source: string;
  readonly result: "pass" | "warning" | "fail";
  readonly status: "succeeded" | "errored" | "unknown" | "aborted";
  readonly message: string;
  readonly data: JsonObject;
  readonly event: JsonObject;
}

export interface RequestAnswers {
  /** In the order of the log. */
  readonly answers: readonly RequestAnswer[];
  /** How many executors started. */
  readonly started: number;
  readonly timedOut: boolean;
}

export interface EventQuery {
  /** Without the prefix `sh.keptn.event.` unless it is a foreign type. */
  readonly type: string;
  readonly project?: string;
  readonly stage?: string;
  readonly service?: string;
  readonly result?: string;
  readonly limit?: number;
  readonly excludeInvalidated?: boolean;
}

/**
 * One turn of a `poll`. The first call of an index opens it and is answered at once with turn 0.
 * Each further call *of the same index* ends a turn: the calls of that turn (higher indices) leave the
 * journal, and the answer comes when `every` is over. A replay holds the last answer only, and the
 * guest goes on from there.
 */
export interface PollTurn {
  readonly turn: number;
  /** `timeout` after turn 0 has passed; the guest gives up when this turn ends without a value. */
  readonly expired: boolean;
}

export interface Calls {
  http: { args: HttpCall; answer: HttpAnswer };
  started: { args: { message?: string; data?: JsonObject }; answer: null };
  progress: { args: { message?: string; data?: JsonObject }; answer: null };
  send: { args: { type: string; data: JsonObject }; answer: { id: string } };
  request: { args: { type: string; data: JsonObject; timeout?: number }; answer: RequestAnswers };
  sleep: { args: { duration: number }; answer: null };
  poll: { args: { every: number; timeout?: number }; answer: PollTurn };
  /** Opens a one-time address; `callback.wait` awaits what is posted there (null = timed out). */
  callback: { args: { schema: JsonObject; timeout?: number }; answer: { id: string; url: string } };
  "callback.wait": { args: { id: string }; answer: { body: Json } | null };
  "kv.get": { args: { key: string }; answer: { value: Json } | null };
  "kv.set": { args: { key: string; value: Json; expires?: number }; answer: null };
  "kv.delete": { args: { key: string }; answer: null };
  "kv.list": { args: { prefix: string }; answer: string[] };
  /** Without a level: the file of the service, else of the stage, else of the project. */
  "resources.read": {
    args: { uri: string; level?: Level; newest?: boolean };
    answer: FoundFile | null;
  };
  /** The same, parsed by the host as YAML or JSON, or as the Keptn file that `as` names. */
  "resources.parse": {
    args: {
      uri: string;
      level?: Level;
      newest?: boolean;
      as?: "sli" | "remediation" | "webhook" | "job";
    };
    answer: { value: Json; level: Level; commit: string } | null;
  };
  /** `slo.yaml`, parsed, with its text in base64. */
  "resources.slo": {
    args: { level?: Level; newest?: boolean };
    answer: { slo: Json; contentBase64: string } | null;
  };
  "resources.list": { args: { level: Level }; answer: string[] };
  /** `PROVIDER/sli.yaml` merged over project, stage and service; null when no level has it. */
  "resources.sli": {
    args: { provider: string };
    answer: { indicators: JsonObject; units: JsonObject } | null;
  };
  "resources.write": {
    args: { uri: string; content: string; level: Level; message?: string };
    answer: { commit: string };
  };
  "events.query": { args: EventQuery; answer: JsonObject[] };
  "events.get": { args: { context: string }; answer: JsonObject[] };
  /** Names of the installed plugins that answer a triggered type or task. */
  "events.answerers": { args: { type: string }; answer: string[] };
}

export type CallName = keyof Calls;
