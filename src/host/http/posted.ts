/** Events out of a request: structured, binary or a batch (CloudEvents 1.0 over HTTP). @module */
import { KeptnError } from "../../spec/errors.ts";
import type { Json } from "../../spec/json.ts";
import { DEEPEST, isTooDeep } from "../../spec/json_depth.ts";
import { parsePosted, type Posted } from "../ingest.ts";

const JSON_TYPES = ["application/cloudevents+json", "application/json"];
const BATCH_TYPE = "application/cloudevents-batch+json";
const MOST_IN_BATCH = 10_000;

/** An event is one value of the store, and successors carry what it brought along. */
export const LARGEST_EVENT = 1_000_000;

export type PostedBody =
  | { readonly batch: false; readonly event: Posted }
  | { readonly batch: true; readonly events: readonly Posted[] };

/**
 * Refuses media types that the event route does not speak (Keptn: http-api.md 0.2).
 *
 * @throws {KeptnError} ERR_MEDIA_TYPE
 */
export function checkMedia(headers: Headers): void {
  const accept = headers.get("accept");
  if (accept !== null && accept !== "" && !/json|\*\/\*|application\/\*/i.test(accept)) {
    throw new KeptnError(
      "ERR_MEDIA_TYPE",
      "unsupported media type requested, only [application/json] are available",
      { status: 406 },
    );
  }
  const type = mediaType(headers);
  if (
    JSON_TYPES.includes(type) ||
    type === BATCH_TYPE ||
    (isBinary(headers) && type.endsWith("+json"))
  )
    return;
  throw new KeptnError(
    "ERR_MEDIA_TYPE",
    `unsupported media type ${JSON.stringify(type || "application/octet-stream")}, only [${JSON_TYPES.join(" ")}] are allowed`,
    { hint: `a batch is sent as ${BATCH_TYPE}` },
  );
}

/**
 * Events of a body, all checked.
 *
 * @throws {KeptnError} ERR_EVENT_INVALID, ERR_FIELD_MISSING
 */
export async function parseBody(headers: Headers, text: string): Promise<PostedBody> {
  const json = parseJson(text);
  if (mediaType(headers) === BATCH_TYPE) return { batch: true, events: parseBatch(json) };
  const body = isBinary(headers) ? await fromBinary(headers, text) : json;
  return { batch: false, event: parsePosted(body) };
}

function parseBatch(json: Json): Posted[] {
  if (!Array.isArray(json)) throw unparsable("a batch is a JSON list of events");
  if (json.length > MOST_IN_BATCH) {
    throw unparsable(`a batch has at most ${MOST_IN_BATCH} events, this one has ${json.length}`);
  }
  return json.map((item, index) => {
    try {
      return parsePosted(item);
    } catch (error) {
      if (!KeptnError.is(error)) throw error;
      throw new KeptnError(error.code, `event ${index} of the batch: ${error.message}`, error.data);
    }
  });
}

function parseJson(text: string): Json {
  if (text.trim() === "") throw unparsable("the body is empty, an event is expected");
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw unparsable((error as Error).message);
  }
  if (isTooDeep(text)) throw unparsable(`it is nested deeper than ${DEEPEST} levels`);
  return json;
}

/** The one event of a request in binary mode; its library is loaded only where somebody uses that mode. */
async function fromBinary(headers: Headers, body: string): Promise<Json> {
  const { readCloudEvents } = await import("../../spec/cloudevent.ts");
  const read = readCloudEvents({ headers: Object.fromEntries(headers), body });
  if (!read.ok) throw unparsable(read.why);
  return read.events[0] ?? null;
}

function isBinary(headers: Headers): boolean {
  return headers.has("ce-specversion") && !mediaType(headers).startsWith("application/cloudevents");
}

function mediaType(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

function unparsable(why: string): KeptnError {
  return new KeptnError("ERR_EVENT_INVALID", `parsing body body from "" failed, because ${why}`);
}
