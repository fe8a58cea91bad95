/** CloudEvents over HTTP, as plain objects; the only file that imports the SDK. @module */
import { HTTP } from "cloudevents";
import { decodeBase64 } from "./base64.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

export interface HttpMessage {
  /** Header names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

export type CloudEventsRead =
  | {
      readonly ok: true;
      readonly mode: "structured" | "binary" | "batch";
      /** As they came: no id is invented, no attribute lost, no time shortened, nothing checked. */
      readonly events: readonly JsonObject[];
    }
  | { readonly ok: false; readonly why: string };

/**
 * Reads the events of one request in any of the three HTTP modes.
 *
 * Plain `application/json` counts as structured, as Keptn's API took it, unless `ce-` headers say
 * that it is the data of an event in binary mode.
 */
export function readCloudEvents({ headers, body }: HttpMessage): CloudEventsRead {
  const type = headers["content-type"]?.toLowerCase() ?? "";
  if (type.startsWith("application/cloudevents-batch+json")) return readBatch(body);
  const structured = type.startsWith("application/cloudevents+json");
  if (!structured && headers["ce-specversion"] !== undefined) return readBinary(headers, body);
  const parsed = parseJson(body);
  if (!parsed.ok) return parsed;
  if (!isObject(parsed.value)) return wrong("the body is no JSON object: one event is expected");
  return { ok: true, mode: "structured", events: [withData(parsed.value)] };
}

function readBatch(body: string): CloudEventsRead {
  const parsed = parseJson(body);
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value)) return wrong("the body is no JSON array: a batch is expected");
  const events: JsonObject[] = [];
  for (const [index, event] of parsed.value.entries()) {
    if (!isObject(event)) return wrong(`entry ${index} of the batch is no JSON object`);
    events.push(withData(event));
  }
  return { ok: true, mode: "batch", events };
}

function readBinary(headers: HttpMessage["headers"], body: string): CloudEventsRead {
  const type = headers["content-type"] ?? "application/json";
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith("ce-")) attributes[name] = decoded(value);
  }
  // The SDK sees only attributes: it would shorten the data types it does not know to text.
  const { id: _invented, time: _shortened, ...event } = toEvent(attributes);
  const data = dataOf(type, body);
  if (!data.ok) return data;
  return {
    ok: true,
    mode: "binary",
    events: [
      {
        ...event,
        ...(attributes["ce-id"] === undefined ? {} : { id: attributes["ce-id"] }),
        ...(attributes["ce-time"] === undefined ? {} : { time: attributes["ce-time"] }),
        datacontenttype: type,
        ...(data.value === undefined ? {} : { data: data.value }),
      },
    ],
  };
}

function toEvent(attributes: Record<string, string>): JsonObject {
  // Without an id the SDK would not recognise the mode; the caller drops this one again.
  const event = HTTP.toEvent({ headers: { ...attributes, "ce-id": "none" }, body: undefined });
  return JSON.parse(JSON.stringify(event)) as JsonObject;
}

function dataOf(type: string, body: string): { ok: true; value?: Json } | Refusal {
  if (body === "") return { ok: true };
  return /[/+]json\b/i.test(type) ? parseJson(body) : { ok: true, value: body };
}

/** Structured JSON may carry its data in base64. */
function withData(event: JsonObject): JsonObject {
  const { data_base64: encoded, ...rest } = event;
  if (typeof encoded !== "string" || "data" in event) return event;
  const bytes = decodeBase64(encoded);
  if (!bytes) return event;
  const text = new TextDecoder().decode(bytes);
  const type = typeof event.datacontenttype === "string" ? event.datacontenttype : "";
  const data = dataOf(type, text);
  return { ...rest, data: data.ok ? (data.value ?? null) : text };
}

type Refusal = { readonly ok: false; readonly why: string };

function parseJson(body: string): { ok: true; value: Json } | Refusal {
  try {
    return { ok: true, value: JSON.parse(body) as Json };
  } catch (error) {
    return wrong(`the body is no JSON: ${(error as Error).message}`);
  }
}

/** Header values are percent-encoded; a stray percent sign stands for itself. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function wrong(why: string): Refusal {
  return { ok: false, why };
}
