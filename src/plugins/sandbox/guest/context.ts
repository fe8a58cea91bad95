/** Builds the context that a handler gets, over the wire of its activation. @module */
import { basicPlaceholder, hmacPlaceholder } from "../../placeholder.ts";
import type { Json, JsonObject } from "../../../spec/json.ts";
import type { Context, KeyValues, Logger, TaskContext } from "../../sdk/context.ts";
import type { EventData, KeptnEvent } from "../../sdk/event_data.ts";
import type { Data, Finished } from "../../sdk/results.ts";
import type { Schema } from "../../sdk/schema.ts";
import type { GuestInput } from "../types.ts";
import { lineOf } from "./console.ts";
import { createFiles } from "./files.ts";
import { poll } from "./poll.ts";
import { span } from "./span.ts";
import type { Wire } from "./wire.ts";

// Data of authors may hold dates or undefined keys: it becomes JSON when it crosses the wall.

/** The context of an `on` handler. */
export function createContext(wire: Wire, input: GuestInput): Context {
  const event = input.event as unknown as KeptnEvent;
  const data = (event.data ?? {}) as EventData;
  return {
    event,
    data,
    config: input.config,
    project: data.project,
    stage: data.stage,
    service: data.service,
    labels: data.labels ?? {},
    context: event.shkeptncontext,
    kv: createKeyValues(wire),
    resources: createFiles(wire),
    events: {
      query: async (filter) => (await wire.call("events.query", filter)) as unknown as KeptnEvent[],
      get: async (context) =>
        (await wire.call("events.get", { context })) as unknown as KeptnEvent[],
      answerers: (type) => wire.call("events.answerers", { type }),
    },
    log: createLogger(wire),
    secret: (name, key) => secretOf(input, name, key),
    basic: basicPlaceholder,
    hmac: hmacPlaceholder,
    send: (type, sent = {}) => wire.call("send", { type, data: sent as JsonObject }),
    async sleep(time) {
      await wire.call("sleep", { duration: span(time, "sleep") });
    },
    poll: (options, look) => poll(wire, options, look),
  };
}

/** The context of a task handler. */
export function createTaskContext(wire: Wire, input: GuestInput, task: string): TaskContext {
  return {
    ...createContext(wire, input),
    task,
    props: input.props,
    pass: (data, message) => finished("pass", message, data),
    warn: (message, data) => finished("warning", message, data),
    fail: (message, data) => finished("fail", message, data),
    errored: (message, data) => ({ ...finished("fail", message, data), status: "errored" }),
    leaveOpen: (message) => ({ kind: "left-open", ...(message === undefined ? {} : { message }) }),
    ignore: () => ({ kind: "ignored" }),
    async started({ message, data } = {}) {
      await wire.call("started", about(message, data));
    },
    async progress(message, data) {
      await wire.call("progress", about(message, data));
    },
    request: (type, data = {}, options = {}) =>
      wire.call("request", { type, data: data as JsonObject, ...timeoutOf(options.timeout) }),
    async callback<T>(schema: Schema<T>, options: { readonly timeout?: number | string } = {}) {
      const { id, url } = await wire.call("callback", {
        schema: schema.json,
        ...timeoutOf(options.timeout),
      });
      const answer = async (): Promise<T> => {
        const posted = await wire.call("callback.wait", { id });
        if (posted === null) throw new Error(`callback: nothing was posted within its time`);
        return posted.body as T;
      };
      return { url, answer };
    },
  };
}

function finished(result: Finished["result"], message?: string, data?: Data): Finished {
  return { kind: "returned", result, ...about(message, data) };
}

function about(message?: string, data?: Data): { message?: string; data?: JsonObject } {
  return {
    ...(message === undefined ? {} : { message: String(message) }),
    ...(data === undefined ? {} : { data: data as JsonObject }),
  };
}

function timeoutOf(timeout: number | string | undefined): { timeout?: number } {
  return timeout === undefined ? {} : { timeout: span(timeout, "timeout") };
}

function createKeyValues(wire: Wire): KeyValues {
  return {
    async get<T = Json>(key: string) {
      return (await wire.call("kv.get", { key }))?.value as T | undefined;
    },
    async set(key, value, { expires } = {}) {
      const json = (value ?? null) as Json;
      const until = expires === undefined ? {} : { expires: span(expires, "expires") };
      await wire.call("kv.set", { key, value: json, ...until });
    },
    async delete(key) {
      await wire.call("kv.delete", { key });
    },
    list: (prefix = "") => wire.call("kv.list", { prefix }),
  };
}

function createLogger(wire: Wire): Logger {
  return {
    info: (...parts) => wire.log("info", lineOf(parts)),
    warn: (...parts) => wire.log("warn", lineOf(parts)),
    error: (...parts) => wire.log("error", lineOf(parts)),
  };
}

function secretOf(input: GuestInput, name: string, key: string): string {
  const found = input.secrets[`${name}/${key}`];
  if (found !== undefined) return found;
  throw new Error(
    `no secret ${name}/${key}: name it in allow.secrets, create it with that key, and grant it with \`periplus plugin allow PLUGIN --secret ${name}\``,
  );
}
