/** Secrets over HTTP: what goes in, what never comes out (Keptn: http-api.md 2.5). @module */
import { afterEach, beforeEach, expect, test } from "vitest";
import { BASE, openHost, SHIPYARD, type TestHost } from "./host.ts";

const PATH = "/api/secrets/v1/secret";
const SCOPE = "keptn-default";

let host: TestHost;
beforeEach(async () => (host = await openHost()));
afterEach(() => host.close());

const ask = async (method: string, path: string, body?: unknown) => {
  const { status, json, text } = await host.call<Record<string, unknown>>(method, path, body);
  return { status, body: json ?? text };
};

test("created in the default scope, echoed once, listed by keys, never by values", async () => {
  const created = await ask("POST", PATH, { name: "s", data: { token: "hidden" } });
  expect(created).toEqual({
    status: 201,
    body: { name: "s", scope: SCOPE, data: { token: "hidden" } },
  });
  const listed = await host.call("GET", PATH);
  expect(listed.json).toEqual({ Secrets: [{ name: "s", scope: SCOPE, keys: ["token"] }] });
  expect(listed.text).not.toContain("hidden");
  expect(await ask("POST", PATH, { name: "s", data: {} })).toMatchObject({
    status: 409,
    body: { code: 409, message: "Unable to create secret: secret already exists" },
  });
});

test("updated and removed; an update has no default scope", async () => {
  await ask("POST", PATH, { name: "s", scope: SCOPE, data: { a: "1" } });
  const update = { name: "s", scope: SCOPE, data: { b: "2" } };
  expect(await ask("PUT", PATH, update)).toEqual({ status: 200, body: update });
  expect((await ask("GET", `${PATH}?name=s`)).body).toMatchObject({ Secrets: [{ keys: ["b"] }] });
  expect((await ask("PUT", PATH, { name: "s", data: {} })).status).toBe(400);
  expect(await ask("DELETE", `${PATH}?name=s&scope=${SCOPE}`)).toEqual({ status: 200, body: "" });
  expect((await ask("GET", PATH)).body).toEqual({ Secrets: [] });
});

test("scopes, sorted", async () => {
  expect((await ask("GET", "/api/secrets/v1/scope")).body).toEqual({
    scopes: ["dynatrace-service", SCOPE, "keptn-prometheus-service", "keptn-webhook-service"],
  });
});

test("git credentials of a project are not among the secrets", async () => {
  const gitCredentials = { remoteURL: "https://git/p", user: "u", https: { token: "t" } };
  const body = { name: "p", shipyard: btoa(SHIPYARD), gitCredentials };
  expect((await ask("POST", `${BASE}/project`, body)).status).toBe(201);
  expect((await ask("GET", PATH)).body).toEqual({ Secrets: [] });
});
