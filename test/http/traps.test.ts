/** The 30 traps of the contract: what most likely breaks a real client (Keptn: http-api.md 11). @module */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KeptnEvent } from "../../src/spec/event.ts";
import {
  answering,
  answerOf,
  BASE,
  delivery,
  openHost,
  PASSED,
  SHIPYARD,
  type TestHost,
  TOKEN,
} from "./host.ts";

const RESOURCES = "/api/resource-service/v1/project";
const REGISTRATION = `${BASE}/uniform/registration`;
const EVENTS = "/api/mongodb-datastore/event";
const CARTS = `${RESOURCES}/p/stage/staging/service/carts/resource`;
const DEPLOYMENT = `${BASE}/event/triggered/sh.keptn.event.deployment.triggered`;

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts");
});
afterEach(() => host.close());

/** What a test wants to know of an answer: status and body in one object. */
const ask = async (method: string, path: string, body?: unknown, headers = {}) => {
  const { status, json, text } = await host.call(method, path, body, headers);
  return { status, body: json ?? text };
};
const integration = (more: object = {}): object => ({
  id: "",
  name: "n",
  metadata: {
    hostname: "h",
    kubernetesmetadata: { namespace: "ns" },
    lastseen: "0001-01-01T00:00:00Z",
  },
  subscriptions: [
    {
      id: "",
      event: "sh.keptn.event.deployment.triggered",
      filter: { projects: null, stages: null, services: null },
    },
  ],
  ...more,
});
const register = async (): Promise<string> =>
  (await host.call<{ id: string }>("POST", REGISTRATION, integration())).json.id;
const upload = (resourceURI: string, text: string) =>
  ask("POST", CARTS, { resources: [{ resourceURI, resourceContent: btoa(text) }] });

describe("executors", () => {
  test("1 the ping answers the whole integration with its subscriptions", async () => {
    const ping = await ask("PUT", `${REGISTRATION}/${await register()}/ping`, "");
    expect(ping).toMatchObject({
      status: 200,
      body: {
        name: "n",
        subscriptions: [
          {
            id: expect.stringMatching(/./),
            event: "sh.keptn.event.deployment.triggered",
            filter: { projects: [], stages: [], services: [] },
          },
        ],
      },
    });
  });

  test("2 polling is never an error, except for a named unknown project", async () => {
    for (const query of ["", "?project=p", "?stage=x&service=y", "?project="]) {
      expect(await ask("GET", DEPLOYMENT + query)).toEqual({
        status: 200,
        body: { events: [], nextPageKey: "0" },
      });
    }
    expect((await ask("GET", `${DEPLOYMENT}?project=none`)).status).toBe(404);
  });

  test("3 and 4 an event stays listed until it is finished, filtered by the query alone", async () => {
    await register();
    await host.post(delivery("p", "carts"));
    const [task] = await host.open("deployment.triggered");
    await host.post(answering(task!, "started"));
    for (const query of ["", "?project=p", "?project=p&stage=staging&service=carts"]) {
      expect(await host.open("deployment.triggered", query)).toEqual([task]);
    }
    await host.post(answering(task!, "finished", PASSED));
    expect(await host.open("deployment.triggered")).toEqual([]);
  });

  test("20 and 21 registering: 201, then 200; zero time and null lists are taken", async () => {
    expect((await ask("POST", REGISTRATION, integration())).status).toBe(201);
    expect((await ask("POST", REGISTRATION, integration({ subscriptions: [] }))).status).toBe(200);
    const [found] = (await host.call<{ subscriptions: object[] }[]>("GET", REGISTRATION)).json;
    expect(found!.subscriptions).toHaveLength(1);
  });
});

describe("pages", () => {
  test("5 keys are strings here and numbers there", async () => {
    await host.post(delivery("p", "carts"));
    await host.post(delivery("p", "carts"));
    await upload("a.txt", "a");
    const log = { integrationid: "i", message: "m" };
    await ask("POST", `${BASE}/log`, { logs: [log, log] });
    const context = (await host.open("deployment.triggered"))[0]!.shkeptncontext;
    const key = async (path: string): Promise<unknown> =>
      (await host.call<{ nextPageKey?: unknown }>("GET", path)).json.nextPageKey;
    expect(await key(`${BASE}/project`)).toBe("0");
    expect(await key(`${BASE}/project/p/stage?pageSize=1`)).toBe("1");
    expect(await key(`${BASE}/project/p/stage/staging/service`)).toBe("0");
    expect(await key(DEPLOYMENT)).toBe("0");
    expect(await key(`${CARTS}?pageSize=1`)).toBe("1");
    expect(await key(`${EVENTS}?keptnContext=${context}&pageSize=1`)).toBe("1");
    expect(await key(`${BASE}/sequence/p?pageSize=1`)).toBe(1);
    expect(await key(`${BASE}/sequence-execution?project=p&pageSize=1`)).toBe(1);
    expect(await key(`${BASE}/log?pageSize=1`)).toBe(1);
  });

  test("6 and 7 the last page: no key for events, 0 for resources", async () => {
    await host.post({ type: "sh.keptn.event.a.b", source: "s", data: {} });
    const events = await ask("GET", EVENTS);
    expect(events.body).not.toHaveProperty("nextPageKey");
    expect((await ask("GET", CARTS)).body).toMatchObject({ nextPageKey: "0" });
  });
});

describe("requests", () => {
  test("8 JSON as content type without a body", async () => {
    for (const [method, path] of [
      ["GET", `${BASE}/project`],
      ["POST", "/api/v1/auth"],
      ["PUT", `${REGISTRATION}/${await register()}/ping`],
      ["DELETE", `${BASE}/project/none`],
    ] as const) {
      expect((await ask(method, path)).status).toBe(200);
    }
  });

  test.each(["//api/v1/event", "/api//v1/event", "/api/v1/event/"])("9 %s", async (path) => {
    expect((await ask("POST", path, delivery("p", "carts"))).status).toBe(200);
  });

  test("9 slashes within a resource path", async () => {
    expect((await ask("GET", `${RESOURCES}/p//resource`)).status).toBe(200);
    expect((await ask("GET", `//api/controlPlane//v1/project/p/`)).status).toBe(200);
  });

  test("14 to 16 posting an event: a body with the mapped context; the id is the host's", async () => {
    const event = delivery("p", "carts", {
      id: "mine",
      shkeptncontext: "free text",
      gitcommitid: "g",
    });
    const { status, body } = await ask("POST", "/api/v1/event", event);
    expect(status).toBe(200);
    expect(body).toEqual({ keptnContext: "66726565-2074-4578-b420-202020202020" });
    const { keptnContext } = body as { keptnContext: string };
    const { json } = await host.call<{ events: KeptnEvent[] }>(
      "GET",
      `${EVENTS}?keptnContext=${keptnContext}&project=p`,
    );
    const stored = json.events.at(-1)!;
    expect(stored.id).not.toBe("mine");
    expect(stored).toMatchObject({ gitcommitid: "g", time: "2024-01-01T12:00:00.000Z" });
  });
});

describe("resources", () => {
  test.each([
    "job%2Fconfig.yaml",
    "job%252Fconfig.yaml",
    "job/config.yaml",
    "%252Fjob%252Fconfig.yaml",
  ])("10 %s is found", async (name) => {
    await upload("job/config.yaml", "jobs");
    const { status, body } = await ask("GET", `${CARTS}/${name}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ resourceContent: btoa("jobs") });
  });

  test("10 a plus is a space, 12 the echo stays encoded, lists begin with a slash", async () => {
    await upload("a b.txt", "x");
    expect((await ask("GET", `${CARTS}/a+b.txt`)).status).toBe(200);
    await upload("job/config.yaml", "jobs");
    expect((await ask("GET", `${CARTS}/job%2Fconfig.yaml`)).body).toMatchObject({
      resourceURI: "job%2Fconfig.yaml",
    });
    const { resources } = (await host.call<{ resources: { resourceURI: string }[] }>("GET", CARTS))
      .json;
    expect(resources.map(({ resourceURI }) => resourceURI)).toContain("/job/config.yaml");
    expect(resources.every(({ resourceURI }) => resourceURI.startsWith("/"))).toBe(true);
  });

  test.each([
    [`${CARTS}/none`, "Resource not found"],
    [`${RESOURCES}/p/stage/staging/service/none/resource/x`, "Service not found"],
    [`${RESOURCES}/p/stage/none/resource/x`, "Stage not found"],
    [`${RESOURCES}/none/resource/x`, "Project not found"],
    [`${BASE}/project/none`, "Project not found: none"],
    [`${BASE}/project/none/stage`, "project not found"],
    [`${BASE}/project/p/stage/none`, "stage not found"],
    [`${BASE}/project/p/stage/none/service`, "stage not found"],
    [`${BASE}/project/p/stage/staging/service/none`, "service not found"],
  ])("11 and 23 %s is 404 in Keptn's words", async (path, message) => {
    const answer = await ask("GET", path);
    expect(answer).toMatchObject({ status: 404, body: { code: 404, message } });
  });

  test("13 base64 in, base64 out; the shipyard of a project is plain", async () => {
    const { body } = await ask("GET", `${RESOURCES}/p/resource/shipyard.yaml`);
    expect(body).toMatchObject({ resourceContent: btoa(SHIPYARD) });
    expect((await ask("GET", `${BASE}/project/p`)).body).toMatchObject({ shipyard: SHIPYARD });
    await ask("PUT", `${BASE}/project`, { name: "p", shipyard: btoa(SHIPYARD) });
    expect((await ask("GET", `${BASE}/project/p`)).body).toMatchObject({ shipyard: SHIPYARD });
    const bad = { resources: [{ resourceURI: "x", resourceContent: "?" }] };
    expect((await ask("POST", CARTS, bad)).status).toBe(400);
  });
});

describe("projects", () => {
  test("17 what creating, changing and removing answer", async () => {
    const body = { name: "q", shipyard: btoa(SHIPYARD) };
    expect(await ask("POST", `${BASE}/project`, body)).toEqual({ status: 201, body: "" });
    expect(await ask("PUT", `${BASE}/project`, body)).toEqual({ status: 201, body: "" });
    expect(await ask("POST", `${BASE}/project/q/service`, { serviceName: "s" })).toEqual({
      status: 200,
      body: { message: "" },
    });
    expect(await ask("DELETE", `${BASE}/project/q/service/s`)).toEqual({
      status: 200,
      body: { message: "" },
    });
    expect(await ask("DELETE", `${BASE}/project/q`)).toEqual({
      status: 200,
      body: { message: expect.any(String) },
    });
  });

  test("18 unknown fields are refused", async () => {
    const flat = { name: "q", shipyard: btoa(SHIPYARD), gitUser: "u" };
    expect(await ask("POST", `${BASE}/project`, flat)).toMatchObject({
      status: 400,
      body: { code: 400, message: expect.stringContaining("gitUser") },
    });
  });

  test("19 shipyard order in the project, alphabetical in the list", async () => {
    interface Stages {
      readonly stages: { readonly stageName: string }[];
    }
    const order = async (path: string): Promise<string[]> =>
      (await host.call<Stages>("GET", path)).json.stages.map(({ stageName }) => stageName);
    expect(await order(`${BASE}/project/p`)).toEqual(["staging", "production"]);
    expect(await order(`${BASE}/project/p/stage`)).toEqual(["production", "staging"]);
  });

  test("25 the evaluation trigger says 400 for what it does not find", async () => {
    const path = `${BASE}/project/none/stage/s/service/v/evaluation`;
    expect(await ask("POST", path, {})).toMatchObject({
      status: 400,
      body: { code: 2, message: "project not found" },
    });
  });

  test("26 three dialects of time", async () => {
    await host.post(delivery("p", "carts"));
    const service = (await ask("GET", `${BASE}/project/p/stage/staging/service/carts`)).body;
    expect(service).toMatchObject({
      creationDate: "1704110400000000000",
      lastEventTypes: {
        "sh.keptn.event.deployment.triggered": { time: "1704110400000000000" },
      },
    });
    expect((await ask("GET", `${BASE}/sequence/p`)).body).toMatchObject({
      states: [{ time: "2024-01-01T12:00:00.000Z" }],
    });
    expect((await host.open("deployment.triggered"))[0]!.time).toMatch(/Z$/);
  });
});

describe("filters", () => {
  test("27 event times compare as text and exclude, log times include and want three digits", async () => {
    await host.post({ type: "sh.keptn.event.a.b", source: "s", data: {} });
    const at = "2024-01-01T12:00:00.000Z";
    expect((await ask("GET", `${EVENTS}?fromTime=${at}`)).body).toMatchObject({ events: [] });
    // As texts, a Z sorts after any digit.
    expect((await ask("GET", `${EVENTS}?fromTime=2024-01-01T12:00:00Z`)).body).toMatchObject({
      events: [],
    });
    await ask("POST", `${BASE}/log`, { logs: [{ integrationid: "i", message: "m" }] });
    expect((await ask("GET", `${BASE}/log?fromTime=${at}&beforeTime=${at}`)).body).toMatchObject({
      totalCount: 1,
    });
    expect((await ask("GET", `${BASE}/log?fromTime=2024-01-01T12:00:00Z`)).status).toBe(404);
  });

  test("28 the filter grammar is literal, unknown parameters are ignored", async () => {
    const path = `${EVENTS}/type/sh.keptn.event.deployment.triggered`;
    await host.post(delivery("p", "carts"));
    const count = async (filter: string): Promise<number> =>
      (
        await host.call<{ events: object[] }>(
          "GET",
          `${path}?filter=${encodeURIComponent(filter)}&x=1&source=y`,
        )
      ).json.events.length;
    expect(await count("data.project:p AND data.stage:staging,production")).toBe(1);
    // Lower case joins nothing: one term with too many colons, which is dropped.
    const literal = encodeURIComponent("data.project:p and data.stage:staging");
    expect((await ask("GET", `${path}?filter=${literal}`)).status).toBe(400);
    expect(await count("data.project:p AND data.nothing.at.all:x")).toBe(0);
  });

  test("22 the key of secrets has a capital S", async () => {
    const secret = { name: "s", scope: "keptn-default", data: { b: "1", a: "2" } };
    expect(await ask("POST", "/api/secrets/v1/secret", secret)).toEqual({
      status: 201,
      body: secret,
    });
    expect((await ask("GET", "/api/secrets/v1/secret")).body).toEqual({
      Secrets: [{ name: "s", scope: "keptn-default", keys: ["a", "b"] }],
    });
    expect((await ask("GET", "/api/secrets/v1/secret?name=none")).body).toEqual({ Secrets: [] });
  });

  test("24 metadata says whether git credentials may be absent", async () => {
    expect((await ask("GET", "/api/v1/metadata")).body).toMatchObject({
      automaticprovisioning: true,
    });
  });
});

describe("doors", () => {
  test.each([
    ["POST", `${RESOURCES}`],
    ["DELETE", `${RESOURCES}/p`],
    ["POST", `${RESOURCES}/p/stage`],
    ["POST", `${RESOURCES}/p/stage/staging/service`],
    ["DELETE", `${RESOURCES}/p/stage/staging/service/carts`],
    ["GET", `${RESOURCES}/p/service/carts/resource`],
    ["DELETE", `${BASE}/log`],
    ["POST", EVENTS],
    ["GET", "/api/mongodb-datastore/health"],
  ])("29 %s %s is 403", async (method, path) => {
    expect(await ask(method, path)).toMatchObject({ status: 403, body: { code: 403 } });
  });

  test("30 no token and a wrong one are 401 in the same shape", async () => {
    for (const token of ["", "wrong"]) {
      for (const path of ["/api/v1/event", `${BASE}/project`, CARTS, EVENTS]) {
        const method = path.endsWith("v1/event") ? "POST" : "GET";
        expect(await ask(method, path, undefined, { "x-token": token })).toMatchObject({
          status: 401,
          body: { code: 401, message: expect.any(String) },
        });
      }
    }
  });

  test.each([
    ["GET", "/api/v1/event", 405, "method GET is not allowed, but [POST] are"],
    ["GET", "/api/none", 404, "path /api/none was not found"],
    ["GET", "/api/controlplane/v1/project", 404, "path /api/controlplane/v1/project was not found"],
    [
      "GET",
      "/api/configuration-service/v1/project",
      404,
      "path /api/configuration-service/v1/project was not found",
    ],
  ])("%s %s is %i", async (method, path, status, message) => {
    expect(await ask(method, path)).toMatchObject({ status, body: { code: status, message } });
  });

  test("content types: with charset where gin answered, without where go-openapi did", async () => {
    const type = async (path: string): Promise<string | null> =>
      (await host.call("GET", path)).headers.get("content-type");
    expect(await type(`${BASE}/project`)).toBe("application/json; charset=utf-8");
    expect(await type(EVENTS)).toBe("application/json");
    expect(await type("/api/v1/metadata")).toBe("application/json");
    for (const service of ["controlPlane", "resource-service", "secrets"]) {
      const path = `/api/${service}/v1/nothing`;
      expect(await type(path)).toBe("application/json; charset=utf-8");
    }
    expect(await type(`${BASE}/project/none`)).toBe("application/json; charset=utf-8");
    expect(await type("/api/v1/nothing")).toBe("application/json");
  });

  test("HEAD is answered like GET, without a body", async () => {
    const request = new Request(`http://host${EVENTS}`, {
      method: "HEAD",
      headers: { "x-token": TOKEN },
    });
    const { status, text } = await answerOf(await host.app.fetch(request));
    expect([status, text]).toEqual([200, ""]);
  });
});
