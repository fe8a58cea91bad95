/** Plugins, grants, tasks and callbacks: what the routes hand to the platform. @module */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PluginsApi } from "../../src/host/http/deps.ts";
import { KeptnError } from "../../src/spec/errors.ts";
import { NO_PLUGINS, openHost, type TestHost, TOKEN } from "./host.ts";

const PATH = "/api/periplus/v1";
const HELLO = { name: "hello", version: "1.0.0", state: "ready" };

let host: TestHost;
let asked: unknown[];
beforeEach(async () => {
  asked = [];
  const platform: PluginsApi = {
    ...NO_PLUGINS,
    list: async () => [HELLO],
    async read(name) {
      if (name !== HELLO.name) throw new KeptnError("ERR_PLUGIN_UNKNOWN", `no plugin ${name}`);
      return HELLO;
    },
    async allow(...args) {
      asked.push(args);
      return HELLO;
    },
    async revoke(...args) {
      asked.push(args);
    },
    async tasks(filter) {
      asked.push(filter);
      return [];
    },
    async callback(...args) {
      asked.push(args);
      return args[0] === "known";
    },
  };
  host = await openHost({}, { plugins: platform });
});
afterEach(() => host.close());

test("the list and one of them", async () => {
  expect((await host.call("GET", `${PATH}/plugins`)).json).toEqual({ plugins: [HELLO] });
  expect((await host.call("GET", `${PATH}/plugins/hello`)).json).toEqual(HELLO);
  const unknown = await host.call("GET", `${PATH}/plugins/none`);
  expect([unknown.status, unknown.json]).toEqual([404, { code: 404, message: "no plugin none" }]);
});

test("a grant is given and taken in the name of the caller", async () => {
  const grant = { http: ["https://api.example"], project: "p" };
  expect((await host.call("PUT", `${PATH}/plugins/hello/grant`, grant)).status).toBe(200);
  expect((await host.call("DELETE", `${PATH}/plugins/hello/grant?project=p`)).status).toBe(200);
  expect((await host.call("DELETE", `${PATH}/plugins/hello/grant`)).status).toBe(200);
  expect((await host.call("PUT", `${PATH}/plugins/hello/grant`, [])).status).toBe(400);
  expect(asked).toEqual([
    ["hello", grant, "admin"],
    ["hello", "admin", "p"],
    ["hello", "admin", undefined],
  ]);
});

test("tasks by plugin and context", async () => {
  const answer = await host.call("GET", `${PATH}/tasks?plugin=hello&context=c`);
  expect(answer.json).toEqual({ tasks: [] });
  await host.call("GET", `${PATH}/tasks`);
  expect(asked).toEqual([{ plugin: "hello", context: "c" }, {}]);
});

describe("callbacks need no token", () => {
  test.each([
    ['{"ok":true}', { ok: true }],
    ["plain text", "plain text"],
    ["", null],
  ])("%j is handed over", async (body, value) => {
    const request = new Request(`http://host${PATH}/callback/known`, { method: "POST", body });
    expect((await host.app.fetch(request)).status).toBe(204);
    expect(asked).toEqual([["known", value]]);
  });

  test("one that nobody waits for, and one that is too large", async () => {
    const post = (id: string, body: string): Request =>
      new Request(`http://host${PATH}/callback/${id}`, { method: "POST", body });
    expect((await host.app.fetch(post("other", "{}"))).status).toBe(404);
    expect((await host.app.fetch(post("known", "x".repeat(6_000_000)))).status).toBe(413);
    expect((await host.app.fetch(post("known", "[".repeat(300)))).status).toBe(400);
  });
});

test("a backup is streamed as one file to who may have it", async () => {
  await host.close();
  const backup = async (): Promise<ReadableStream<Uint8Array>> => new Blob(["tar"]).stream();
  host = await openHost({}, { backup });
  const headers = { "x-token": TOKEN };
  const answer = await host.app.fetch(new Request(`http://host${PATH}/backup`, { headers }));
  expect(answer.headers.get("content-disposition")).toBe(
    'attachment; filename="periplus-2024-01-01T12-00-00.tar"',
  );
  expect(await answer.text()).toBe("tar");
  expect((await host.app.fetch(new Request(`http://host${PATH}/backup`))).status).toBe(401);
});
