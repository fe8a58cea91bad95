/** The context that a plugin's handlers get. @module */
import type { Json, JsonObject } from "../../spec/json.ts";
import type { Slo } from "../../spec/slo.ts";
import type { FoundFile, Level, RequestAnswer, RequestAnswers } from "../sandbox/calls.ts";
import type { EventData, KeptnEvent } from "./event_data.ts";
import type { Data, Finished, Ignored, LeftOpen } from "./results.ts";
import type { Schema } from "./schema.ts";

/** A span: milliseconds, or a Go duration such as `90s`. */
export type Span = number | string;

export type { FoundFile, Level, RequestAnswer, RequestAnswers };

/** Own data of the plugin, kept between tasks; per plugin, shared by all projects. */
export interface KeyValues {
  get<T = Json>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown, options?: { readonly expires?: Span }): Promise<void>;
  delete(key: string): Promise<void>;
  /** Keys that begin with a prefix, sorted. */
  list(prefix?: string): Promise<string[]>;
}

export interface At {
  /** Exactly this level; without it the file of the service, else of the stage, else of the project. */
  readonly level?: Level;
  /** The newest commit instead of the one that the sequence is pinned to. */
  readonly newest?: boolean;
}

/** The project's files at the commit that the sequence is pinned to. */
export interface ProjectFiles {
  /** The text of a file, or undefined when no level has it. */
  read(uri: string, at?: At): Promise<string | undefined>;
  /** The text of a file with level and commit. */
  find(uri: string, at?: At): Promise<FoundFile | undefined>;
  /** A YAML or JSON file as a value. */
  parse<T = Json>(uri: string, at?: At): Promise<T | undefined>;
  list(level: Level): Promise<string[]>;
  /** `slo.yaml`, parsed and checked by the host; throws with line and column when it is wrong. */
  slo<T = JsonObject>(at?: At): Promise<T | undefined>;
  /** The same together with its text, as evaluations carry it. */
  sloFile(at?: At): Promise<{ readonly slo: Slo; readonly contentBase64: string } | undefined>;
  /** `PROVIDER/sli.yaml` merged over project, stage and service. */
  sli(provider: string): Promise<{ readonly [indicator: string]: string } | undefined>;
  /** The units by indicator that the same files may name. */
  units(provider: string): Promise<{ readonly [indicator: string]: string }>;
  /** `remediation.yaml`, parsed and checked by the host. */
  remediation<T = JsonObject>(at?: At): Promise<T | undefined>;
  /** Commits one file; needs `allow.resources: "write"` and its grant. Gives the commit. */
  write(
    uri: string,
    content: string,
    options?: { readonly level?: Level; readonly message?: string },
  ): Promise<string>;
}

export interface EventFilter {
  /** With or without the prefix `sh.keptn.event.`. */
  readonly type: string;
  readonly project?: string;
  readonly stage?: string;
  readonly service?: string;
  readonly result?: string;
  readonly limit?: number;
  readonly excludeInvalidated?: boolean;
}

/** The log, read-only. */
export interface Events {
  /** Matching events, newest first. */
  query(filter: EventFilter): Promise<KeptnEvent[]>;
  /** All events of a context, oldest first. */
  get(context: string): Promise<KeptnEvent[]>;
  /** Names of the installed plugins that answer a task or triggered type. */
  answerers(type: string): Promise<string[]>;
}

export interface Logger {
  info(...parts: unknown[]): void;
  warn(...parts: unknown[]): void;
  error(...parts: unknown[]): void;
}

export interface PollOptions {
  readonly every: Span;
  /** After it `poll` throws. */
  readonly timeout?: Span;
}

/** What every handler gets. */
export interface Context<Config = JsonObject> {
  /** The triggering event with all its attributes. */
  readonly event: KeptnEvent;
  readonly data: EventData;
  readonly config: Config;
  readonly project: string;
  readonly stage: string;
  readonly service: string;
  readonly labels: { readonly [label: string]: string };
  /** The Keptn context of the sequence. */
  readonly context: string;
  readonly kv: KeyValues;
  readonly resources: ProjectFiles;
  readonly events: Events;
  readonly log: Logger;
  /** A placeholder for a secret; the host puts the secret in when a request leaves. */
  secret(name: string, key: string): string;
  /** A placeholder for the value of an `authorization` header: Basic credentials of user and secret. */
  basic(user: string, secret: string): string;
  /** A placeholder for the hexadecimal HMAC of a body under a secret. */
  hmac(secret: string, algorithm: "sha1" | "sha256" | "sha512", body: string): string;
  /** Sends an event; needs it in `allow.events` unless it is the plugin's own. */
  send(type: string, data?: Data): Promise<{ readonly id: string }>;
  /** Waits durably: a task that sleeps for days holds no memory. */
  sleep(span: Span): Promise<void>;
  /** Calls `look` until it gives a value; throws after `timeout`. */
  poll<T>(options: PollOptions, look: () => Promise<T | undefined> | T | undefined): Promise<T>;
}

/** What a task handler gets. */
export interface TaskContext<Config = JsonObject, Props = JsonObject> extends Context<Config> {
  readonly task: string;
  /** Properties of the shipyard task, defaults filled in. */
  readonly props: Props;
  /** Finished, passed; `data` is merged into the finished event. */
  pass(data?: Data, message?: string): Finished;
  warn(message?: string, data?: Data): Finished;
  fail(message?: string, data?: Data): Finished;
  /** Finished with status `errored` and result `fail`. */
  errored(message: string, data?: Data): Finished;
  /** Started, and finished by someone else. */
  leaveOpen(message?: string): LeftOpen;
  /** Not for this plugin: nothing is sent, another executor may answer. */
  ignore(): Ignored;
  /** Sends `.started` now, with a message or data; without it the host sends it by itself. */
  started(about?: { readonly message?: string; readonly data?: Data }): Promise<void>;
  /** Sends `.status.changed`, at most one a second. */
  progress(message: string, data?: Data): Promise<void>;
  /** Sends a triggered event and waits durably for its answers. */
  request(
    type: string,
    data?: Data,
    options?: { readonly timeout?: Span },
  ): Promise<RequestAnswers>;
  /** A one-time address for a foreign system, and a durable wait for what it posts there. */
  callback<T>(
    schema: Schema<T>,
    options?: { readonly timeout?: Span },
  ): Promise<{
    readonly url: string;
    /** What was posted; throws when the time is over. */
    answer(): Promise<T>;
  }>;
}
