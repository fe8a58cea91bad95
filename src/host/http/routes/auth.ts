/** Checks of tokens, and the one-time code that opens the page without one. @module */
import { z } from "zod";
import type { Api, Method } from "../api.ts";
import { SESSION_COOKIE, SESSION_MS } from "../auth.ts";
import { problemBody } from "../problem.ts";
import { empty, json } from "../reply.ts";

const METHODS: readonly Method[] = ["post", "get", "put", "delete"];
const LoginLink = z.object({ path: z.string().meta({ description: "opens the page once" }) });

export function authRoutes(api: Api, prefix: string): void {
  // The gateway rewrote every method to POST (Keptn: http-api.md 1.2).
  for (const method of METHODS) {
    const about = { summary: "Tells whether a token is valid", access: "any" } as const;
    api.route(method, "/api/v1/auth", about, () => empty(200));
  }
  const login = {
    summary: "Turns a one-time code into a session of the page",
    access: "open",
    query: z.object({ code: z.string() }),
    status: 302,
  } as const;
  api.route("get", "/login", login, async (context) => {
    const session = await api.auth.redeem(context.req.query("code") ?? "");
    if (session === null) return usedCode();
    const secure = context.req.header("x-forwarded-proto") === "https" ? "; Secure" : "";
    const lifetime = `Max-Age=${SESSION_MS / 1_000}`;
    return new Response(null, {
      status: 302,
      headers: {
        location: `${prefix}/bridge/`,
        "set-cookie": `${SESSION_COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict; ${lifetime}${secure}`,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
      },
    });
  });
  const link = {
    summary: "A fresh one-time link to the page",
    access: "admin",
    status: 201,
    answer: LoginLink,
  } as const;
  api.route("post", "/api/periplus/v1/login", link, (context) =>
    json(context, { path: `${prefix}/login?code=${api.auth.loginCode()}` }, 201),
  );
}

function usedCode(): Response {
  const message = "this link was used already or is too old: `periplus status` prints a fresh one";
  return new Response(problemBody(401, message), {
    status: 401,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}
