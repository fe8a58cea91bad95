/** The page: static files under `/bridge`, and the addresses that lead there. @module */
import type { Api } from "../api.ts";
import type { StaticFile } from "../deps.ts";
import { problemBody } from "../problem.ts";

/** Everything from this host only; no inline script or style, no framing. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

export function pageRoutes(api: Api, prefix: string): void {
  const { app, deps } = api;
  app.get("/", () => redirect(`${prefix}/bridge/`));
  app.get("/api", () => redirect(`${prefix}/api/swagger-ui/`));
  for (const legacy of ["project", "trace"]) {
    app.get(`/${legacy}/*`, (context) => redirect(`${prefix}/bridge${context.req.path}`));
  }
  app.get("/bridge", () => page(deps.page, "", prefix));
  app.get("/bridge/*", (context) =>
    page(deps.page, context.req.path.slice("/bridge/".length), prefix),
  );
}

/** A file of the page, or its start for addresses that the page itself interprets. */
function page(files: ReadonlyMap<string, StaticFile>, path: string, prefix: string): Response {
  const file =
    files.get(path) ??
    (path.split("/").at(-1)?.includes(".") ? undefined : files.get("index.html"));
  if (!file) {
    return new Response(problemBody(404, `no file ${path} belongs to the page`), {
      status: 404,
      headers: { "content-type": "application/json" },
    });
  }
  return staticAnswer(file, prefix);
}

/** A static file with the headers that keep foreign code out. */
export function staticAnswer(file: StaticFile, prefix: string): Response {
  const html = file.type.startsWith("text/html");
  const body = html ? withBase(file.body, `${prefix}/bridge/`) : file.body;
  return new Response(body as BodyInit, {
    headers: {
      "content-type": file.type,
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cache-control": "no-cache",
    },
  });
}

/** Lets relative addresses of the page hold at any depth and behind any prefix. */
function withBase(body: Uint8Array | string, base: string): string {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  return text.includes("<base ") ? text : text.replace(/<head>/i, `<head><base href="${base}">`);
}

function redirect(location: string): Response {
  return new Response(null, { status: 301, headers: { location } });
}
