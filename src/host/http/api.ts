/** Declares routes: each one is served and described from the same declaration. @module */
import type { Context, Hono } from "hono";
import type { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import { API_TEXTS, GATEWAY_TEXTS, type Auth, type Principal, type Scope } from "./auth.ts";
import type { HttpDeps } from "./deps.ts";

export type Env = {
  Variables: { principal: Principal };
  Bindings: { incoming?: { socket?: { remoteAddress?: string } } };
};
export type Method = "get" | "post" | "put" | "delete";

/** What OpenAPI tells about a route. */
export interface About {
  readonly summary: string;
  /** `open` needs no token, `any` any token, a scope that scope or `admin`. */
  readonly access?: "open" | "any" | Scope;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly bodyTypes?: readonly string[];
  readonly status?: number;
  readonly answer?: z.ZodType;
  readonly answerType?: string;
}
export interface Route extends About {
  readonly method: Method;
  /** Path with `:name` parameters. */
  readonly path: string;
}
export type Handler = (context: Context<Env>) => Response | Promise<Response>;

export interface Api {
  readonly app: Hono<Env>;
  readonly deps: HttpDeps;
  readonly auth: Auth;
  readonly routes: Route[];
  route(method: Method, path: string, about: About, handler: Handler): void;
  /** Answers 403 to every method, or to one, as Keptn's gateway did (Keptn: http-api.md 1.3). */
  deny(path: string, instead: string, method?: Method): void;
}

export function createApi(app: Hono<Env>, deps: HttpDeps, auth: Auth): Api {
  const routes: Route[] = [];
  return {
    app,
    deps,
    auth,
    routes,
    route(method, path, about, handler) {
      routes.push({ method, path, ...about });
      const access = about.access ?? "admin";
      app.on(method.toUpperCase(), path, access === "open" ? handler : guarded(access, handler));
    },
    deny(path, instead, method) {
      app.on(method?.toUpperCase() ?? "ALL", path, () => {
        throw new KeptnError("ERR_FORBIDDEN", `not reachable from outside: ${instead}`);
      });
    },
  };

  function guarded(access: "any" | Scope, handler: Handler): Handler {
    return async (context) => {
      const texts = context.req.path.startsWith("/api/v1/") ? API_TEXTS : GATEWAY_TEXTS;
      const owner = await auth.authenticate(context.req.raw, clientOf(context), texts);
      if (access !== "any" && !owner.scopes.includes("admin") && !owner.scopes.includes(access)) {
        throw new KeptnError(
          "ERR_FORBIDDEN",
          `token ${owner.name} has scope ${owner.scopes.join(", ")}, this needs ${access}`,
        );
      }
      context.set("principal", owner);
      return handler(context);
    };
  }
}

/** Address of the caller, as Keptn's limiter took it (Keptn: http-api.md 1.4). */
export function clientOf(context: Context<Env>): string {
  const forwarded = context.req.header("x-forwarded-for")?.split(",")[0]?.trim();
  return (
    forwarded ||
    context.req.header("x-real-ip") ||
    context.env?.incoming?.socket?.remoteAddress ||
    "unknown"
  );
}
