/** How an event that somebody posts becomes an entry of the log (design D7). @module */
import { KeptnError } from "../spec/errors.ts";
import { keptnContextFrom } from "../spec/context.ts";
import type { KeptnEvent } from "../spec/event.ts";
import { parseEventType } from "../spec/event_type.ts";
import { isObject, type Json, type JsonObject } from "../spec/json.ts";
import type { Accepted, Controller } from "./engine/controller_types.ts";
import type { Clock, Ids } from "./ports/clock.ts";

export const DEFAULT_SOURCE = "https://github.com/keptn/keptn/api";

/** A posted event whose fields have the right types. */
export interface Posted {
  readonly type: string;
  readonly source: string;
  readonly data: Json;
  readonly id: string;
  readonly shkeptncontext: string;
  readonly triggeredid: string;
  readonly gitcommitid: string;
  readonly extensions?: Json;
  /** CloudEvents attributes that Keptn does not know. */
  readonly attributes: { readonly [name: string]: Json };
}

export interface IngestOptions {
  readonly principal: string;
  /** Recognises a repetition of the same request. */
  readonly idempotencyKey?: string | undefined;
}
export interface Ingest {
  accept(posted: Posted, options: IngestOptions): Promise<Accepted>;
}

const TEXTS = [
  "contenttype",
  "gitcommitid",
  "id",
  "shkeptncontext",
  "shkeptnversion",
  "specversion",
  "triggeredid",
  "source",
  "type",
] as const;
/** Attributes that are read, replaced or dropped, and so are not kept as they came. */
const KNOWN = new Set<string>([
  ...TEXTS,
  "data",
  "data_base64",
  "datacontenttype",
  "extensions",
  "shkeptnspecversion",
  "time",
]);
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const ATTRIBUTE = /^[a-z0-9]+$/;

/**
 * Checks the fields of a posted event (Keptn: http-api.md 5.1, 5.4).
 *
 * @throws {KeptnError} ERR_EVENT_INVALID for a wrong type, ERR_FIELD_MISSING for what is absent
 */
export function parsePosted(body: Json): Posted {
  if (body === null) throw missing("data");
  if (!isObject(body)) throw unparsable(`an event is a JSON object, not ${kindOf(body)}`);
  for (const name of TEXTS) {
    const value = body[name];
    if (value !== undefined && value !== null && typeof value !== "string") {
      throw unparsable(`${name} must be a string, not ${kindOf(value)}`);
    }
  }
  const { time } = body;
  if (time !== undefined && time !== null && time !== "" && !isTime(time)) {
    throw unparsable(
      `time must be an RFC 3339 time such as 2024-05-01T10:00:00Z, not ${JSON.stringify(time)}`,
    );
  }
  for (const name of ["data", "source", "type"]) {
    if (body[name] === undefined || body[name] === null) throw missing(name);
  }
  if (body.type === "") {
    throw new KeptnError("ERR_EVENT_INVALID", "event is missing the event type", { status: 500 });
  }
  return {
    type: textOf(body, "type"),
    source: textOf(body, "source"),
    data: body.data!,
    id: textOf(body, "id"),
    shkeptncontext: textOf(body, "shkeptncontext"),
    triggeredid: textOf(body, "triggeredid"),
    gitcommitid: textOf(body, "gitcommitid"),
    ...(body.extensions === undefined || body.extensions === null
      ? {}
      : { extensions: body.extensions }),
    attributes: foreignAttributes(body),
  };
}

/** The event that enters the log: id, time and content type are the host's (Keptn: http-api.md 5.2). */
export function stamp(posted: Posted, id: string, time: string, fresh: () => string): KeptnEvent {
  return {
    ...posted.attributes,
    data: posted.data,
    id,
    source: isUriReference(posted.source) ? posted.source : DEFAULT_SOURCE,
    specversion: "1.0",
    type: posted.type,
    time,
    contenttype: "application/json",
    shkeptncontext: keptnContextFrom(posted.shkeptncontext, fresh),
    ...(posted.triggeredid === "" ? {} : { triggeredid: posted.triggeredid }),
    ...(posted.gitcommitid === "" ? {} : { gitcommitid: posted.gitcommitid }),
    ...(posted.extensions === undefined ? {} : { extensions: posted.extensions }),
  };
}

/** The keys under which a repetition of this request is known; a trigger has none of its own. */
export function dedupeKeys(posted: Posted, { principal, idempotencyKey }: IngestOptions): string[] {
  const keys: string[] = [];
  if (idempotencyKey) keys.push(requestKey(principal, idempotencyKey));
  if (posted.id !== "" && posted.triggeredid !== "" && isAnswer(posted.type)) {
    keys.push(
      JSON.stringify(["answer", posted.triggeredid, posted.type, posted.source, posted.id]),
    );
  }
  return keys;
}

/** The key of a whole request, as its sender named it. */
export function requestKey(principal: string, idempotencyKey: string): string {
  return JSON.stringify(["request", principal, idempotencyKey]);
}

/** Takes posted events into the log of a controller. */
export function createIngest(deps: {
  readonly controller: Controller;
  readonly clock: Clock;
  readonly ids: Ids;
}): Ingest {
  const fresh = (): string => deps.ids.uuid();
  return {
    accept(posted, options) {
      const time = new Date(deps.clock.now()).toISOString();
      return deps.controller.accept(stamp(posted, fresh(), time, fresh), {
        principal: options.principal,
        via: "api",
        dedupe: dedupeKeys(posted, options),
      });
    },
  };
}

function isAnswer(type: string): boolean {
  const parsed = parseEventType(type);
  return parsed.level === "task" && ["started", "status.changed", "finished"].includes(parsed.kind);
}

function foreignAttributes(body: JsonObject): { [name: string]: Json } {
  const kept: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(body)) {
    if (KNOWN.has(name) || !ATTRIBUTE.test(name)) continue;
    if (["string", "number", "boolean"].includes(typeof value)) kept[name] = value;
  }
  return kept;
}

/** Whether Go's `url.Parse` would take a source; an empty one counts as none. */
function isUriReference(source: string): boolean {
  if (source === "" || /\p{Cc}/u.test(source)) return false;
  if (/%(?![0-9a-f]{2})/i.test(source)) return false;
  const first = source.split(/[/?#]/, 1)[0]!;
  return !first.includes(":") || /^[a-z][a-z0-9+.-]*:/i.test(first);
}

function isTime(value: Json): boolean {
  return typeof value === "string" && RFC3339.test(value) && !Number.isNaN(Date.parse(value));
}

function textOf(body: JsonObject, name: string): string {
  const value = body[name];
  return typeof value === "string" ? value : "";
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function unparsable(why: string): KeptnError {
  return new KeptnError("ERR_EVENT_INVALID", `parsing body body from "" failed, because ${why}`);
}

function missing(name: string): KeptnError {
  return new KeptnError("ERR_FIELD_MISSING", `${name} in body is required`, { wire: 602 });
}
