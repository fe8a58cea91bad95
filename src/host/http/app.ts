/** The HTTP application: Keptn's gateway and its services as one set of routes. @module */
import { Hono } from "hono";
import { createApi, type Env, type Route } from "./api.ts";
import { createAuth, type Auth } from "./auth.ts";
import type { HttpDeps } from "./deps.ts";
import { normalPrefix, routePath } from "./path.ts";
import { problemBody, problemOf } from "./problem.ts";
import { jsonType } from "./reply.ts";
import { addRoutes } from "./routes/routes.ts";

export interface HttpApp {
  /** Answers one request; `bindings` is what the server knows of the connection. */
  fetch(request: Request, bindings?: Env["Bindings"]): Response | Promise<Response>;
  /** Path with a fresh one-time code that opens the page, such as `/login?code=…`. */
  loginPath(): string;
  readonly auth: Auth;
  /** What it answers to, as OpenAPI describes it. */
  readonly routes: readonly Route[];
}

/** Builds the application; nothing runs until a request comes. */
export function createApp(deps: HttpDeps): HttpApp {
  const prefix = normalPrefix(deps.settings.prefixPath);
  const app = new Hono<Env>({ getPath: (request) => routePath(request.url, prefix) });
  const auth = createAuth(deps);
  const api = createApi(app, deps, auth);
  addRoutes(api, prefix);
  app.onError((error, context) => {
    const { status, body, retryAfter } = problemOf(
      error,
      deps.log,
      `${context.req.method} ${context.req.path}`,
    );
    const headers = new Headers({ "content-type": jsonType(context.req.path) });
    if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
    return new Response(body, { status, headers });
  });
  app.notFound((context) => {
    const path = context.req.path;
    const { status, message, allow } = missing(api.routes, context.req.method, path);
    return new Response(problemBody(status, message, hintFor(path)), {
      status,
      headers: { "content-type": jsonType(path), ...(allow ? { allow } : {}) },
    });
  });
  return {
    fetch: (request, bindings) => app.fetch(request, bindings ?? {}),
    loginPath: () => `${prefix}/login?code=${auth.loginCode()}`,
    auth,
    routes: api.routes,
  };
}

/** 405 where the path exists for other methods, else 404 (Keptn: http-api.md 0.2, 0.3). */
function missing(
  routes: readonly Route[],
  method: string,
  path: string,
): { status: number; message: string; allow?: string } {
  const methods = routes.filter((route) => fits(route.path, path)).map((route) => route.method);
  const allow = [...new Set(methods)].map((name) => name.toUpperCase());
  if (allow.length === 0) return { status: 404, message: `path ${path} was not found` };
  const message = `method ${method} is not allowed, but [${allow.join(",")}] are`;
  return { status: 405, message, allow: allow.join(", ") };
}

function fits(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(":") || part === given[index])
  );
}

function hintFor(path: string): string | undefined {
  if (path.startsWith("/api/controlplane")) return "the path is case-sensitive: /api/controlPlane";
  if (path.startsWith("/api/configuration-service")) return "use /api/resource-service instead";
  return path.startsWith("/api") ? "all paths are listed in /api/openapi.json" : undefined;
}
