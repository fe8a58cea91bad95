/** Tokens, sessions, health, page, description: who gets in and what stands at the door. @module */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { insertToken } from "../../src/host/tables/token_table.ts";
import { hexDigest } from "../../src/host/http/digest.ts";
import { answerOf, BASE, EPOCH, openHost, SHIPYARD, type TestHost, TOKEN } from "./host.ts";

let host: TestHost;
beforeEach(async () => (host = await openHost()));
afterEach(() => host.close());

const raw = (path: string, init: RequestInit = {}): Promise<Response> =>
  Promise.resolve(host.app.fetch(new Request(`http://host${path}`, init)));
const ask = async (path: string, headers: Record<string, string> = {}, method = "GET") =>
  answerOf<{ code: number; message: string }>(await raw(path, { method, headers }));

describe("tokens", () => {
  test.each([
    ["/api/v1/metadata", {}, "unauthenticated for invalid credentials"],
    ["/api/v1/metadata", { "x-token": "wrong" }, "incorrect api key auth"],
    ["/api/v1/metadata", { "x-token": ` ${TOKEN}x` }, "incorrect api key auth"],
    [`${BASE}/project`, {}, "unauthenticated or invalid credentials"],
    [`${BASE}/project`, { "x-token": "wrong" }, "unauthenticated or invalid credentials"],
    ["/api/secrets/v1/secret", { "x-token": "" }, "unauthenticated or invalid credentials"],
    [`${BASE}/health`, {}, "unauthenticated or invalid credentials"],
    [
      "/api/periplus/v1/plugins",
      { authorization: `Bearer ${TOKEN}` },
      "unauthenticated or invalid credentials",
    ],
  ])("%s with %j is 401", async (path, headers, message) => {
    const answer = await ask(path.replace(`${BASE}/health`, "/api/controlPlane/health"), headers);
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ code: 401, message });
  });

  test.each(["GET", "POST", "PUT", "DELETE"])("auth by %s is 200 without body", async (method) => {
    const headers = { "x-token": TOKEN, "content-type": "application/json" };
    const answer = await ask("/api/v1/auth", headers, method);
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });

  test("tokens of the table have scopes and an end", async () => {
    const hash = await hexDigest("SHA-256", "plane-token");
    const row = { id: "1", name: "far", scopes: ["plane"], expires: EPOCH + 60_000 };
    await host.store.write([insertToken(row, hash, EPOCH)]);
    const headers = { "x-token": "plane-token" };
    expect((await ask("/api/v1/auth", headers)).status).toBe(200);
    expect((await ask(`${BASE}/uniform/registration`, headers)).status).toBe(200);
    const denied = await ask("/api/secrets/v1/secret", headers);
    expect([denied.status, denied.json.message]).toEqual([
      403,
      "token far has scope plane, this needs admin",
    ]);
    await host.advance(120_000);
    expect((await ask("/api/v1/auth", headers)).status).toBe(401);
  });

  test("further tokens are made, listed without their value, and taken back", async () => {
    const body = { name: "far-plane", lifetime: "1h" };
    const made = await host.call<{ id: string; token: string }>(
      "POST",
      "/api/periplus/v1/tokens",
      body,
    );
    expect(made.status).toBe(201);
    const { token, ...facts } = made.json;
    expect(facts).toMatchObject({
      name: "far-plane",
      scopes: ["plane"],
      expires: "2024-01-01T13:00:00.000Z",
    });
    expect((await ask("/api/v1/auth", { "x-token": token })).status).toBe(200);
    const list = await host.call("GET", "/api/periplus/v1/tokens");
    expect(list.json).toEqual({ tokens: [facts] });
    const path = `/api/periplus/v1/tokens/${facts.id}`;
    expect((await host.call("DELETE", path)).status).toBe(200);
    expect((await host.call("DELETE", path)).status).toBe(404);
    expect((await ask("/api/v1/auth", { "x-token": token })).status).toBe(401);
    const bad = await host.call("POST", "/api/periplus/v1/tokens", { name: "x", scopes: ["root"] });
    expect(bad.status).toBe(400);
  });

  test("bad passwords of git are limited too", async () => {
    await host.close();
    host = await openHost({ badTokens: { perSecond: 1, burst: 2 } });
    await host.project("p", SHIPYARD);
    const codes: number[] = [];
    for (const word of ["wrong", "wrong", "wrong", TOKEN, "wrong"]) {
      const authorization = `Basic ${btoa(`any:${word}`)}`;
      codes.push((await ask("/git/p.git/HEAD", { authorization })).status);
    }
    expect(codes).toEqual([401, 401, 429, 200, 401]);
  });

  test("bad tokens are limited per address, good ones never", async () => {
    await host.close();
    host = await openHost({ badTokens: { perSecond: 1, burst: 2 } });
    const from = (address: string, token: string) => ({
      "x-forwarded-for": address,
      "x-token": token,
    });
    const codes = async (address: string, token: string, count: number): Promise<number[]> => {
      const found: number[] = [];
      for (let turn = 0; turn < count; turn += 1) {
        found.push((await ask("/api/v1/auth", from(address, token))).status);
      }
      return found;
    };
    expect(await codes("1.1.1.1", "wrong", 4)).toEqual([401, 401, 429, 429]);
    expect(await codes("2.2.2.2, 1.1.1.1", "wrong", 1)).toEqual([401]);
    await host.advance(1_000);
    expect(await codes("1.1.1.1", "wrong", 2)).toEqual([401, 429]);
    expect(await codes("1.1.1.1", TOKEN, 3)).toEqual([200, 200, 200]);
    expect(await codes("1.1.1.1", "wrong", 3)).toEqual([401, 401, 429]);
  });
});

describe("sessions of the page", () => {
  const login = async (): Promise<string> => {
    const answer = await raw(host.app.loginPath());
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/bridge/"]);
    return answer.headers.get("set-cookie")!;
  };

  test("a code works once and gives a cookie that scripts cannot read", async () => {
    const path = host.app.loginPath();
    const first = await raw(path);
    const cookie = first.headers.get("set-cookie")!;
    expect(cookie).toMatch(
      /^periplus_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    expect((await raw(path)).status).toBe(401);
    expect((await raw("/login?code=guess")).status).toBe(401);
    expect((await raw("/login")).status).toBe(401);
    const page = await ask("/login?code=guess", { accept: "text/html,*/*;q=0.8" });
    expect(page.status).toBe(401);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.text).toContain("<code>periplus status</code>");
    expect(page.text).not.toMatch(/<script|<style|style=/);
    const answer = await ask("/api/v1/metadata", { cookie: cookie.split(";")[0]! });
    expect(answer.status).toBe(200);
  });

  test.each([
    ["GET", {}, 200],
    ["GET", { "sec-fetch-site": "cross-site" }, 401],
    ["POST", {}, 401],
    ["POST", { "sec-fetch-site": "same-origin" }, 201],
    ["POST", { "sec-fetch-site": "same-site" }, 401],
    ["POST", { origin: "http://host", host: "host" }, 201],
    ["POST", { origin: "http://evil", host: "host" }, 401],
  ])("%s with %j is %i", async (method, headers, status) => {
    const cookie = (await login()).split(";")[0]!;
    const path = method === "GET" ? "/api/v1/metadata" : "/api/periplus/v1/login";
    expect((await ask(path, { cookie, ...headers } as Record<string, string>, method)).status).toBe(
      status,
    );
  });

  test("a session ends", async () => {
    const cookie = (await login()).split(";")[0]!;
    await host.advance(12 * 3_600_000 + 6_000);
    expect((await ask("/api/v1/metadata", { cookie })).status).toBe(401);
  });
});

describe("health", () => {
  test.each(["/health", "/livez", "/readyz", "/api/health", "/nginx-health"])(
    "%s needs no token",
    async (path) => expect((await ask(path)).status).toBe(200),
  );

  test("503 until the host is ready, and when it stops", async () => {
    await host.close();
    let awaited: string | null = "plugins are being loaded";
    host = await openHost({}, { ready: () => awaited });
    for (const path of ["/health", "/readyz"]) {
      const answer = await ask(path);
      expect(answer.status).toBe(503);
      expect(answer.json).toEqual({ code: 503, message: "not ready: plugins are being loaded" });
    }
    expect((await ask("/livez")).status).toBe(200);
    awaited = null;
    expect((await ask("/readyz")).status).toBe(200);
    host.drain();
    expect((await ask("/readyz")).status).toBe(503);
  });
});

describe("page and description", () => {
  test.each([
    ["/", "/bridge/"],
    ["/api", "/api/swagger-ui/"],
    ["/api/", "/api/swagger-ui/"],
    ["/trace/abc", "/bridge/trace/abc"],
    ["/project/p/sequence", "/bridge/project/p/sequence"],
  ])("%s leads to %s, which answers", async (path, location) => {
    const answer = await raw(path);
    expect([answer.status, answer.headers.get("location")]).toEqual([301, location]);
    expect((await raw(location)).status).toBe(200);
  });

  test("the page allows nothing from elsewhere", async () => {
    const answer = await raw("/bridge/");
    expect(answer.headers.get("content-security-policy")).toMatch(
      /default-src 'none'.*script-src 'self'/,
    );
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await answer.text()).toContain('<base href="/bridge/" />');
    expect((await raw("/bridge/missing.js")).status).toBe(404);
  });

  test("a prefix stands before every path", async () => {
    await host.close();
    host = await openHost({ prefixPath: "/keptn/" });
    expect((await raw("/keptn")).headers.get("location")).toBe("/keptn/bridge/");
    expect(await (await raw("/keptn/bridge/project/p")).text()).toContain(
      '<base href="/keptn/bridge/" />',
    );
    expect((await ask("/keptn/api/v1/auth", { "x-token": TOKEN })).status).toBe(200);
    expect((await ask("/health")).status).toBe(200);
    expect(host.app.loginPath()).toMatch(/^\/keptn\/login\?code=/);
  });

  test("metadata (trap 24)", async () => {
    expect((await ask("/api/v1/metadata", { "x-token": TOKEN })).json).toEqual({
      automaticprovisioning: true,
      bridgeversion: "1.2.3",
      keptnlabel: "keptn",
      keptnversion: "1.2.3",
      namespace: "keptn",
      shipyardversion: "0.2.0",
    });
  });

  test("OpenAPI 3.1 describes every route once, with references that resolve", async () => {
    const document = (await host.call<Document>("GET", "/api/openapi.json")).json;
    expect(document.openapi).toBe("3.1.0");
    for (const path of [
      "/api/v1/event",
      "/api/v1/events/stream",
      "/api/controlPlane/v1/project/{project}",
      "/api/controlPlane/v1/event/triggered/{type}",
      "/api/controlPlane/v1/uniform/registration/{id}/ping",
      "/api/mongodb-datastore/event/type/{type}",
      "/api/secrets/v1/secret",
      "/api/periplus/v1/sequence/{project}/{context}",
    ]) {
      expect(document.paths).toHaveProperty([path]);
    }
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
    for (const [, reference] of references) {
      expect(reference).toMatch(/^#\/components\/schemas\//);
      expect(document.components.schemas).toHaveProperty([reference!.split("/").at(-1)!]);
    }
    expect(references.length).toBeGreaterThan(20);
  });

  test("the page of the description is self-contained", async () => {
    const page = await (await raw("/api/swagger-ui/")).text();
    expect(page).not.toMatch(/https?:\/\//);
    for (const file of ["page.js", "page.css"]) {
      expect((await raw(`/api/swagger-ui/${file}`)).status).toBe(200);
    }
  });
});

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { operationId: string }>>;
  readonly components: { readonly schemas: Record<string, object> };
}
