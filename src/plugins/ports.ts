/** What the plugin platform asks of whoever hosts it; satisfied by shape, in the host and in a plane. @module */
import type { KeptnEvent } from "../spec/event.ts";
import type { Reason } from "../spec/reason.ts";
import type { EventQuery } from "./sandbox/calls.ts";

export type SqlValue = string | number | null | Uint8Array;
export interface Statement {
  readonly sql: string;
  readonly args: readonly SqlValue[];
}
export type Row = { readonly [column: string]: SqlValue };

/** Atomic batches over SQLite's dialect; see the store port of the host for its limits. */
export interface PluginStore {
  read(statements: readonly Statement[]): Promise<Row[][]>;
  write(statements: readonly Statement[]): Promise<readonly unknown[]>;
}

export interface Clock {
  now(): number;
  at(instant: number, callback: () => void): () => void;
}
export interface Ids {
  uuid(): string;
  bytes(count: number): Uint8Array;
}
export type LogLevel = "debug" | "info" | "warn" | "error";
export type Log = (
  level: LogLevel,
  message: string,
  facts?: Readonly<Record<string, unknown>>,
) => void;

export interface SendOptions {
  /** `plugin:NAME` */
  readonly principal: string;
  /** Statements that the same write shall hold. */
  readonly along?: readonly Statement[];
  /** Under this key a repetition of the same event is recognised. */
  readonly key?: string;
  /** Why it is sent, where its task was refused something. */
  readonly reason?: Reason;
}

/** Events as the host stores them. */
export interface Events {
  /** Brings an event into the log; resolves when it is durable together with `along`. */
  send(event: KeptnEvent, options: SendOptions): Promise<void>;
  byId(id: string): Promise<KeptnEvent | null>;
  /** The `.started` and `.finished` answers to a triggered event, oldest first. */
  answers(triggeredid: string, context: string): Promise<readonly KeptnEvent[]>;
  /** Matching events, newest first; `result` may name several, comma-separated (Keptn: lighthouse.md 6.2). */
  query(query: EventQuery): Promise<readonly KeptnEvent[]>;
  /** All events of a context, oldest first. */
  ofContext(context: string): Promise<readonly KeptnEvent[]>;
  /** The receiver gives events ids of its own, so that answers to them cannot be told. */
  readonly renames?: boolean;
}

export interface ResourcePlace {
  readonly project: string;
  readonly stage?: string;
  readonly service?: string;
}
/** Files of projects, stages and services. */
export interface PluginResources {
  /** @throws {KeptnError} ERR_RESOURCE_UNKNOWN and others */
  read(
    place: ResourcePlace,
    path: string,
    commit?: string,
  ): Promise<{ readonly content: Uint8Array; readonly commit: string }>;
  list(place: ResourcePlace): Promise<{ readonly paths: readonly string[] }>;
  /** Head commit of the default branch, where it can be told cheaply. */
  head?(project: string): Promise<string | null>;
  write(
    place: ResourcePlace,
    changes: readonly { readonly path: string; readonly content: Uint8Array | null }[],
    message: string,
    along?: readonly Statement[],
  ): Promise<{ readonly commit: string }>;
}

/** Values of secrets; they never enter the guest. */
export interface PluginSecrets {
  read(name: string): Promise<{ readonly [key: string]: string } | null>;
}

export interface EgressRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array;
  /** Private and loopback addresses that may be reached: `host:port` or CIDR. */
  readonly privately: readonly string[];
  /** Refuse every address outside `privately`, public ones too. */
  readonly only?: boolean;
}
export interface EgressAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
}
/** One hop of an outgoing request; redirects are answers. */
export interface Egress {
  /** @throws {KeptnError} ERR_PLUGIN_DENIED for a forbidden address; ERR_UPSTREAM when unreachable or too large */
  send(request: EgressRequest, signal: AbortSignal): Promise<EgressAnswer>;
}

/** One entry of the log API (Keptn: http-api.md 2.2.10). */
export interface ErrorLogEntry {
  readonly integration: string;
  readonly message: string;
  readonly context: string;
  readonly task: string;
  readonly triggeredid: string;
  readonly gitcommitid: string;
  readonly at: number;
}

export interface PlatformPorts {
  readonly store: PluginStore;
  readonly events: Events;
  readonly resources: PluginResources;
  readonly secrets: PluginSecrets;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** Statements that put an entry into the log API; none where there is no such log. */
  errorLog(entry: ErrorLogEntry): readonly Statement[];
  /** Names of the installed plugins that answer a triggered type; the platform fills it in. */
  answerers?(type: string): readonly string[];
  /** Address under which callbacks reach this host, without a trailing slash. */
  publicUrl(): string;
}
