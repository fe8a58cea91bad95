/** Reads request bodies within their limit. @module */
import type { Context } from "hono";
import type { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import type { Json } from "../../spec/json.ts";
import { DEEPEST, isTooDeep } from "../../spec/json_depth.ts";
import type { Env } from "./api.ts";
import { invalidFormat } from "./problem.ts";

const LONGEST_KEY = 255;

/**
 * Text of the body, empty when there is none.
 *
 * @throws {KeptnError} ERR_BODY_TOO_LARGE
 */
export async function textBody(context: Context<Env>, limit: number): Promise<string> {
  const request = context.req.raw;
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > limit) throw tooLarge(limit);
    // The server cuts the body at the declared length.
    return request.text();
  }
  if (!request.body) return "";
  const reader = request.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge(limit);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/** JSON of the body as Keptn's gin services read it: whatever the content type says. */
export async function jsonBody(context: Context<Env>, limit: number): Promise<Json> {
  const text = await textBody(context, limit);
  if (text.trim() === "") throw invalidFormat("EOF: the body is empty, a JSON object is expected");
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw invalidFormat(`the body is not JSON: ${(error as Error).message}`);
  }
  if (isTooDeep(text)) {
    throw invalidFormat(`the body is nested deeper than ${DEEPEST} levels`);
  }
  return json;
}

/** {@link jsonBody}, checked by a schema; the first problem names its place. */
export async function parsedBody<T>(
  context: Context<Env>,
  limit: number,
  schema: z.ZodType<T>,
): Promise<T> {
  return checked(await jsonBody(context, limit), schema);
}

/**
 * The key by which a repetition of this request is recognised (design D7).
 *
 * @throws {KeptnError} ERR_EVENT_INVALID when it is longer than 255 characters
 */
export function idempotencyKey(headers: Headers): string | undefined {
  const key = headers.get("idempotency-key");
  if (key === null || key === "") return undefined;
  if (key.length <= LONGEST_KEY) return key;
  throw new KeptnError(
    "ERR_EVENT_INVALID",
    `the Idempotency-Key has ${key.length} characters: at most ${LONGEST_KEY} are taken`,
  );
}

export function checked<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.length ? `${issue.path.join(".")}: ` : "";
  throw invalidFormat(`${place}${issue?.message ?? "not what is expected"}`);
}

function tooLarge(limit: number): KeptnError {
  return new KeptnError(
    "ERR_BODY_TOO_LARGE",
    `request body too large: at most ${limit} bytes are taken`,
  );
}
