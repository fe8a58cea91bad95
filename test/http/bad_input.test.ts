/** Bad input: one clear error each, nothing half-done, the host stays up. @module */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KeptnEvent } from "../../src/spec/event.ts";
import {
  BASE,
  delivery,
  idleController,
  JSON_TYPE,
  openHost,
  SHIPYARD,
  type TestHost,
  TOKEN,
} from "./host.ts";

const EVENT = "/api/v1/event";
const RESOURCE = "/api/resource-service/v1/project/p/resource";
const SECRET = "/api/secrets/v1/secret";
const seen: string[] = [];

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts");
});
afterEach(() => host.close());

const shipyard = (text: string): object => ({ name: "q", shipyard: btoa(text) });
const place = { project: "p", stage: "staging", service: "carts" };
const file = (resourceURI: string): object => ({
  resources: [{ resourceURI, resourceContent: btoa("x") }],
});

describe("refused with a sentence, and nothing is changed", () => {
  test.each<[string, string, string, unknown, number, RegExp]>([
    ["malformed JSON", "POST", EVENT, "{nope", 400, /parsing body .*failed, because/],
    ["malformed JSON", "POST", `${BASE}/project`, "{nope", 400, /^Invalid request format: /],
    [
      "a list for an object",
      "POST",
      `${BASE}/project/p/service`,
      [],
      400,
      /^Invalid request format: /,
    ],
    ["unknown project", "GET", `${BASE}/project/none`, undefined, 404, /Project not found: none/],
    ["unknown project", "POST", `${BASE}/project/none/service`, { serviceName: "s" }, 500, /none/],
    [
      "no base64",
      "POST",
      `${BASE}/project`,
      { name: "q", shipyard: "?" },
      400,
      /could not decode shipyard/,
    ],
    [
      "no YAML",
      "POST",
      `${BASE}/project`,
      shipyard("a: [b"),
      400,
      /could not unmarshal provided shipyard/,
    ],
    [
      "wrong version",
      "POST",
      `${BASE}/project`,
      shipyard(SHIPYARD.replace("0.2.2", "0.1.0")),
      400,
      /shipyard/,
    ],
    [
      "wrong name",
      "POST",
      `${BASE}/project`,
      { name: "Q_", shipyard: btoa(SHIPYARD) },
      400,
      /not a valid Keptn entity name/,
    ],
    [
      "project exists",
      "POST",
      `${BASE}/project`,
      { name: "p", shipyard: btoa(SHIPYARD) },
      409,
      /already exists/,
    ],
    [
      "service exists",
      "POST",
      `${BASE}/project/p/service`,
      { serviceName: "carts" },
      409,
      /already exists/,
    ],
    [
      "bad service name",
      "POST",
      `${BASE}/project/p/service`,
      { serviceName: "a/b" },
      400,
      /a\/b|valid/,
    ],
    ["path escape", "POST", RESOURCE, file("../../x"), 400, /invalid resource uri/],
    [
      "path escape, encoded",
      "GET",
      `${RESOURCE}/%252e%252e%252fx`,
      undefined,
      400,
      /invalid resource uri/,
    ],
    [".git", "POST", RESOURCE, file(".git/config"), 400, /invalid resource uri/],
    [".git in a folder", "POST", RESOURCE, file("a/.GIT/config"), 400, /invalid resource uri/],
    ["secret without name", "POST", SECRET, { data: {} }, 400, /name/],
    [
      "secret of a wrong scope",
      "POST",
      SECRET,
      { name: "s", scope: "none", data: {} },
      400,
      /scope "none" not found: there are /,
    ],
    [
      "secret with a long name",
      "POST",
      SECRET,
      { name: "s".repeat(254), data: {} },
      400,
      /no more than 253/,
    ],
    [
      "secret with a value of a wrong type",
      "POST",
      SECRET,
      { name: "s", data: { a: 1 } },
      400,
      /data\.a/,
    ],
    [
      "deleting half a secret",
      "DELETE",
      `${SECRET}?name=s`,
      undefined,
      400,
      /name and scope are both required/,
    ],
    [
      "unknown secret",
      "DELETE",
      `${SECRET}?name=s&scope=keptn-default`,
      undefined,
      404,
      /Unable to delete secret: secret not found/,
    ],
    [
      "unknown secret",
      "PUT",
      SECRET,
      { name: "s", scope: "keptn-default", data: {} },
      404,
      /Unable to update secret: secret not found/,
    ],
    [
      "unknown integration",
      "PUT",
      `${BASE}/uniform/registration/x/ping`,
      undefined,
      404,
      /uniform integration not found/,
    ],
    [
      "unknown delivery",
      "GET",
      "/api/periplus/v1/sequence/p/none",
      undefined,
      404,
      /no sequence none in project p/,
    ],
    [
      "a page size in words",
      "GET",
      `${BASE}/project?pageSize=ten`,
      undefined,
      400,
      /strconv\.ParseInt: parsing "ten"/,
    ],
    [
      "a callback nobody waits for",
      "POST",
      "/api/periplus/v1/callback/x",
      {},
      404,
      /nothing waits for this callback/,
    ],
    [
      "a backup of a host without one",
      "GET",
      "/api/periplus/v1/backup",
      undefined,
      404,
      /back it up there/,
    ],
    ["an Idempotency-Key without end", "POST", EVENT, delivery("p", "carts"), 400, /at most 255/],
  ])("%s: %s %s", async (name, method, path, body, status, message) => {
    const before = host.controller.newest;
    const headers: Record<string, string> = name.includes("Key")
      ? { "idempotency-key": "k".repeat(256) }
      : {};
    const answer = await host.call<{ code: number; message: string }>(method, path, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ code: status, message: expect.stringMatching(message) });
    seen.push(answer.text);
    // Refusing a service that cannot be is an event of its own in Keptn; nothing else is.
    const [newer] = await host.store.read([
      { sql: "SELECT type FROM event WHERE seq > ?", args: [before] },
    ]);
    expect(
      newer!.every(({ type }) => /(create|delete)\.(started|finished)$/.test(String(type))),
    ).toBe(true);
    expect((await host.call("GET", "/livez")).status).toBe(200);
  });
});

describe("events whose data is wrong are told so at once", () => {
  test.each([
    ["labels of numbers", { ...place, labels: { build: 1 } }, /labels has a wrong type/],
    ["a message of objects", { ...place, message: {} }, /message has a wrong type/],
    ["no service", { project: "p", stage: "staging" }, /data lacks service/],
    [
      "two stages",
      { ...place, stage: "production" },
      /names stage staging, its data stage production/,
    ],
  ])("%s", async (_case, data, message) => {
    const event = delivery("p", "carts", { data });
    const answer = await host.call<{ message?: string; refused?: { message: string } }>(
      "POST",
      EVENT,
      event,
    );
    expect(answer.json.refused?.message ?? answer.json.message).toMatch(message);
    expect(await host.open("deployment.triggered")).toEqual([]);
  });

  test("a project that does not exist ends the sequence with the reason", async () => {
    const context = await host.post(delivery("unknown", "carts"));
    const { json } = await host.call<{ events: { data: object }[] }>(
      "GET",
      `/api/mongodb-datastore/event?keptnContext=${context}&type=sh.keptn.event.staging.delivery.finished`,
    );
    expect(json.events[0]!.data).toMatchObject({
      status: "errored",
      result: "fail",
      message: expect.stringMatching(/./),
    });
  });
});

test("a body without a declared length is cut off at the limit", async () => {
  const chunk = new Uint8Array(1_000_000).fill(0x20);
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 1;
      controller.enqueue(chunk);
    },
  });
  const headers = { "x-token": TOKEN, ...JSON_TYPE };
  const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
  const response = await host.app.fetch(new Request("http://host/api/v1/event", init));
  expect(response.status).toBe(413);
  expect(sent).toBeLessThan(10);
});

test("a flood of events is taken one by one, and the host still answers", async () => {
  const flood = Array.from({ length: 300 }, (_, index) =>
    host.post(delivery("p", `s${index % 7}`)),
  );
  expect(new Set(await Promise.all(flood)).size).toBe(300);
  expect((await host.call("GET", `${BASE}/sequence/p`)).json).toMatchObject({ totalCount: 300 });
});

test("what cannot be written fast enough is refused with the time to come again", async () => {
  let release: () => void = () => undefined;
  const written = new Promise<void>((resolve) => (release = resolve));
  const slow = {
    ...idleController,
    accept: async (event: KeptnEvent) => {
      await written;
      return { kind: "recorded", event, seq: 1 } as const;
    },
  };
  const flooded = await openHost({ maxUnderwayBytes: 1_000 }, { controller: slow });
  const body = JSON.stringify(delivery("p", "carts"));
  const size = { "content-length": String(body.length) };
  const post = () => flooded.call<{ message: string }>("POST", EVENT, body, size);
  const all = Array.from({ length: 20 }, post);
  const first = await Promise.any(all);
  expect(first.status).toBe(429);
  expect(first.headers.get("retry-after")).toBe("1");
  expect(first.json.message).toMatch(
    /^too many events at once: \d+ bytes wait to be written, at most 1000 may/,
  );
  release();
  const codes = (await Promise.all(all)).map(({ status }) => status);
  expect(new Set(codes)).toEqual(new Set([200, 429]));
  expect((await post()).status).toBe(200);
  await flooded.close();
});

test("a store that is gone is a 5xx in Keptn's shape without internals", async () => {
  await host.store.close();
  const answer = await host.call<{ code: number }>("POST", EVENT, delivery("p", "carts"));
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(answer.json.code).toBe(answer.status);
  seen.push(answer.text);
});

afterAll(() => {
  for (const text of seen) expect(text).not.toMatch(/\.ts:\d|node_modules|SQLITE_|at async/);
});
