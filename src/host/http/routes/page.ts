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
  const base = `${prefix}/bridge/`;
  app.get("/bridge", () => serveFile(deps.page, "index.html", base));
  app.get("/bridge/*", (context) => {
    const path = context.req.path.slice("/bridge/".length);
    // Addresses without a file name are the page's own: it interprets them itself.
    const named = deps.page.has(path) || path.split("/").at(-1)!.includes(".");
    return serveFile(deps.page, named ? path : "index.html", base);
  });
}

/** A static file, with the headers that keep foreign code out. */
export function serveFile(
  files: ReadonlyMap<string, StaticFile>,
  path: string,
  base: string,
): Response {
  const file = files.get(path);
  if (!file) {
    return new Response(problemBody(404, `there is no file ${path} here`), {
      status: 404,
      headers: { "content-type": "application/json" },
    });
  }
  const body = file.type.startsWith("text/html") ? withBase(file.body, base) : file.body;
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

/** Lets relative addresses of a page hold at any depth and behind any prefix. */
function withBase(body: Uint8Array | string, base: string): string {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const element = `<base href="${base}" />`;
  const own = /<base\b[^>]*>/i;
  return own.test(text) ? text.replace(own, element) : text.replace(/<head>/i, `<head>${element}`);
}

function redirect(location: string): Response {
  return new Response(null, { status: 301, headers: { location } });
}
