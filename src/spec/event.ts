/** The event that travels through Periplus: a CloudEvent with Keptn's extensions. @module */
import { isObject, type Json, type JsonObject } from "./json.ts";

/** One event, as stored, published and answered (Keptn: http-api.md 0.4). */
export interface KeptnEvent {
  readonly id: string;
  readonly source: string;
  readonly specversion: "1.0";
  readonly type: string;
  /** RFC 3339; absent when the producer gave none. */
  readonly time?: string;
  readonly contenttype?: string;
  readonly datacontenttype?: string;
  readonly shkeptncontext: string;
  readonly shkeptnspecversion?: string;
  readonly triggeredid?: string;
  readonly gitcommitid?: string;
  readonly extensions?: Json;
  readonly data: Json;
  /** Attributes that Keptn does not know, `traceparent` among them: kept as they came. */
  readonly [extension: string]: Json | undefined;
}

/** The fields of `data` that the controller itself reads; everything else there is opaque. */
export interface CommonData {
  readonly project: string;
  readonly stage: string;
  readonly service: string;
  readonly labels?: { readonly [name: string]: string };
  readonly status?: string;
  readonly result?: string;
  readonly message?: string;
}

/**
 * Reads the common fields of an event's data; absent and null texts become empty.
 *
 * Returns the name of the offending field when one has a wrong type: Keptn could not decode such an
 * event at all (Keptn: orchestration.md 6).
 */
export function commonData(data: unknown): CommonData | { readonly undecodable: string } {
  if (data === undefined || data === null) return { project: "", stage: "", service: "" };
  if (!isObject(data)) return { undecodable: "data" };
  const texts: Record<string, string> = {};
  for (const field of ["project", "stage", "service", "status", "result", "message"]) {
    const value = data[field];
    if (value === undefined || value === null) continue;
    if (typeof value !== "string") return { undecodable: field };
    texts[field] = value;
  }
  const labels = data.labels;
  if (labels !== undefined && labels !== null && !isLabels(labels))
    return { undecodable: "labels" };
  return {
    project: "",
    stage: "",
    service: "",
    ...texts,
    ...(labels ? { labels: labels as { [name: string]: string } } : {}),
  };
}

/** `data` as an object, or an empty one when it is something else. */
export function dataOf(event: { readonly data: Json }): JsonObject {
  return isObject(event.data) ? event.data : {};
}

function isLabels(value: Json): boolean {
  return isObject(value) && Object.values(value).every((v) => typeof v === "string" || v === null);
}
