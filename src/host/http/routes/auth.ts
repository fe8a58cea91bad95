/** Checks of tokens, and the one-time code that opens the page without one. @module */
import { z } from "zod";
import type { Api, Method } from "../api.ts";
import { SESSION_COOKIE, SESSION_MS } from "../auth.ts";
import { problemBody } from "../problem.ts";
import { empty, json } from "../reply.ts";
import { CONTENT_SECURITY_POLICY } from "./page.ts";

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
    if (session === null) return usedCode(context.req.header("accept"));
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

const USED = "this link was used already or is too old: `periplus status` prints a fresh one";
const USED_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Periplus: a fresh link is needed</title>
</head>
<body>
<h1>This link does not open the page any more</h1>
<p>It was used already, is too old, or is not complete: each link works once.</p>
<p>Run <code>periplus status</code> where the host runs: it prints a fresh link.</p>
</body>
</html>
`;

/** For people in words, for programs as JSON. */
function usedCode(accept: string | undefined): Response {
  const page = accept?.includes("text/html") ?? false;
  return new Response(page ? USED_PAGE : problemBody(401, USED), {
    status: 401,
    headers: {
      "content-type": page ? "text/html; charset=utf-8" : "application/json",
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      vary: "accept",
    },
  });
}
