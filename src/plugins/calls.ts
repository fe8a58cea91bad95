/** Names, arguments and answers of the capability calls that cross the sandbox wall. @module */
import type { KeptnEvent } from "../spec/event.ts";
import type { Json, JsonObject } from "../spec/json.ts";

/** Arguments and answer of each call by name; absent optional arguments are left out, never null. */
export interface Calls {
  /** One request; redirects are followed by the host. A refused address is a thrown `Denied`. */
  http: {
    args: { url: string; method: string; headers: { [name: string]: string }; body?: HttpBody };
    answer: { status: number; url: string; headers: { [name: string]: string }; body: HttpBody };
  };
  "kv.get": { args: { key: string }; answer: Json };
  "kv.set": { args: { key: string; value: Json }; answer: null };
  "kv.delete": { args: { key: string }; answer: null };
  "kv.list": { args: { prefix?: string }; answer: { key: string; value: Json }[] };
  /** Null when the file does not exist; any other trouble is thrown under its code, `ERR_SERVICE_UNKNOWN`. */
  "resources.read": {
    args: { path: string } & ResourceLevel;
    answer: { content: string; commit: string } | null;
  };
  "resources.list": { args: ResourceLevel; answer: string[] };
  /** One commit; a null content removes the file. */
  "resources.write": {
    args: {
      files: { path: string; content: string | null }[];
      message: string;
    } & ResourceLevel;
    answer: { commit: string };
  };
  /** Stored events, newest first. Types as in `send`. */
  "events.query": { args: EventQuery; answer: KeptnEvent[] };
  /** Sends an event in the context of this one; `type` without `sh.keptn.` gets `sh.keptn.event.` before it. */
  send: { args: { type: string; data: JsonObject }; answer: { id: string } };
  /**
   * Sends `<task>.triggered` and waits until as many `finished` as `started` answers are there;
   * answers with the `finished` events in order. Milliseconds; too late is a thrown `Timeout`.
   */
  request: { args: { task: string; data: JsonObject; timeout: number }; answer: KeptnEvent[] };
  sleep: { args: { ms: number }; answer: null };
  /**
   * Made before each turn of a loop. The first turn is due at once, each later one `every`
   * milliseconds after the turn before; a thrown `Timeout` ends the loop. All turns of one loop
   * use the index of its first `poll` call with equal arguments, and the calls inside a turn count
   * on from there anew: so the journal keeps only the last turn.
   */
  poll: { args: { every: number; timeout: number }; answer: { turn: number } };
  /** A one-time address that takes one POST; then `callback.wait` answers with its JSON body. */
  callback: { args: { timeout: number }; answer: { id: string; url: string } };
  "callback.wait": { args: { id: string }; answer: Json };
  progress: { args: { message: string; data?: JsonObject }; answer: null };
  /** Sends `.started` now, with these additions; without it the host sends a plain one by itself. */
  started: { args: { message?: string; data?: JsonObject }; answer: null };
}
export type CallName = keyof Calls;

/** Text where the bytes are UTF-8, else base64. */
export type HttpBody = { text: string } | { base64: string };

/** Which repository level; default is that of the event: its service. */
export interface ResourceLevel {
  level?: "project" | "stage" | "service";
  /** Default: those of the event. */
  stage?: string;
  service?: string;
  /** Default: the commit that the event is pinned to; `HEAD` reads the newest. */
  commit?: string;
}

/** A query of stored events (Keptn: lighthouse.md 6.2). */
export interface EventQuery {
  type: string;
  project?: string;
  stage?: string;
  service?: string;
  context?: string;
  source?: string;
  triggeredid?: string;
  /** Any of these top-level results. */
  results?: string[];
  excludeInvalidated?: boolean;
  /** 1 to 100; default 20. */
  limit?: number;
}

/**
 * Placeholders of secrets in guest strings; the host computes what they stand for.
 *
 * `ctx.secret` gives the plain one out of `GuestInput.secrets["NAME/KEY"]`; `ctx.basic` and
 * `ctx.hmac` wrap it.
 */
export const SECRET_PLACEHOLDER = /pps_[0-9a-f]{64}/g;
/** `{{basic:<base64url of user>:<placeholder>}}` becomes `Basic …`. */
export const BASIC_PLACEHOLDER = /\{\{basic:([\w-]*):(pps_[0-9a-f]{64})\}\}/g;
/** `{{hmac:<sha1|sha256|sha512>:<base64url of body>:<placeholder>}}` becomes lower-case hex. */
export const HMAC_PLACEHOLDER = /\{\{hmac:(sha1|sha256|sha512):([\w-]*):(pps_[0-9a-f]{64})\}\}/g;
