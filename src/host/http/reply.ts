/** Answers in the spellings of Keptn's services. @module */
import type { Context } from "hono";
import type { Env } from "./api.ts";

const PLAIN_JSON = "application/json";
const GIN_JSON = "application/json; charset=utf-8";

/** A JSON answer with the content type that the service behind this path used (Keptn: http-api.md 0.2). */
export function json(context: Context<Env>, body: unknown, status = 200): Response {
  return rawJson(context, JSON.stringify(body), status);
}

/** Like {@link json}, for text that is JSON already. */
export function rawJson(context: Context<Env>, text: string, status = 200): Response {
  return new Response(text, { status, headers: { "content-type": jsonType(context.req.path) } });
}

/** An answer without body. */
export function empty(status: number): Response {
  return new Response(null, { status });
}

export function jsonType(path: string): string {
  const gin = ["/api/controlPlane/", "/api/resource-service/", "/api/secrets/"];
  return gin.some((prefix) => path.startsWith(prefix)) ? GIN_JSON : PLAIN_JSON;
}
