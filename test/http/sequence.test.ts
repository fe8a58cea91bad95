/** Sequence states, control, executions, evaluation trigger, logs. @module */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { insertProject } from "../../src/host/tables/project_table.ts";
import { insertService } from "../../src/host/tables/service_table.ts";
import type { KeptnEvent } from "../../src/spec/event.ts";
import {
  answering,
  BASE,
  delivery,
  idleController,
  openHost,
  PASSED,
  SHIPYARD,
  type TestHost,
} from "./host.ts";

const SHIP = SHIPYARD.replace(
  "      sequences:\n",
  "      sequences:\n        - name: other\n          tasks: [{ name: test }]\n",
);

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIP, "c1", "c2", "c3");
});
afterEach(() => host.close());

const finish = async (task: string, context: string, data: object = {}): Promise<void> => {
  const open = (await host.open(`${task}.triggered`)).find((one) => one.shkeptncontext === context);
  await host.post(answering(open!, "started"));
  await host.post(answering(open!, "finished", { ...PASSED, ...data }));
};

describe("STA-09 query of sequence states", () => {
  const T = (second: number): string => `2024-01-01T12:00:0${second}.000Z`;
  let contexts: Record<string, string>;
  let names: Map<string, string>;
  beforeEach(async () => {
    contexts = {};
    await host.advance(1_000);
    contexts.c1 = await host.post(delivery("p", "c1"));
    await finish("deployment", contexts.c1, { result: "fail" });
    await host.advance(1_000);
    contexts.c2 = await host.post(delivery("p", "c2"));
    await host.advance(1_000);
    contexts.c3 = await host.post(
      delivery("p", "c3", { type: "sh.keptn.event.staging.other.triggered" }),
    );
    names = new Map(Object.entries(contexts).map(([name, id]) => [id, name]));
  });

  interface States {
    readonly states: { readonly shkeptncontext: string }[];
  }
  test.each([
    [() => `?keptnContext=${contexts.c1}, ${contexts.c2}`, ["c2", "c1"], { totalCount: 2 }],
    [() => "?name=other", ["c3"], { totalCount: 1 }],
    [() => "?state=started", ["c3", "c2"], { totalCount: 2 }],
    [() => `?fromTime=${T(1)}`, ["c3", "c2"], { totalCount: 2 }],
    [() => `?beforeTime=${T(3)}`, ["c2", "c1"], { totalCount: 2 }],
    [() => "?pageSize=1", ["c3"], { nextPageKey: 1, totalCount: 3 }],
    [() => "?pageSize=1&nextPageKey=1", ["c2"], { nextPageKey: 2, totalCount: 3 }],
    [() => "?pageSize=1&nextPageKey=2", ["c1"], { totalCount: 3 }],
    [() => "", ["c3", "c2", "c1"], { totalCount: 3 }],
  ])("case %#", async (query, expected, paging) => {
    const { status, json } = await host.call<States>("GET", `${BASE}/sequence/p${query()}`);
    expect(status).toBe(200);
    const { states, ...rest } = json;
    expect(states.map(({ shkeptncontext }) => names.get(shkeptncontext))).toEqual(expected);
    expect(rest).toEqual(paging);
  });

  test("an unknown project is an empty list, a key that is no number a 400", async () => {
    const unknown = await host.call("GET", `${BASE}/sequence/unknown-project`);
    expect([unknown.status, unknown.json]).toEqual([200, { states: [] }]);
    const bad = await host.call("GET", `${BASE}/sequence/p?nextPageKey=x`);
    expect([bad.status, bad.json]).toMatchObject([400, { code: 400 }]);
  });

  test("the fields of a state", async () => {
    const path = `${BASE}/sequence/p?keptnContext=${contexts.c1}`;
    const { json } = await host.call<States>("GET", path);
    expect(json.states).toEqual([
      {
        name: "delivery",
        service: "c1",
        project: "p",
        time: T(1),
        shkeptncontext: contexts.c1,
        state: "finished",
        stages: [
          {
            name: "staging",
            state: "succeeded",
            image: "repo/img:1",
            latestEvent: {
              type: "sh.keptn.event.staging.delivery.finished",
              id: expect.any(String),
              time: T(1),
            },
            latestFailedEvent: {
              type: "sh.keptn.event.staging.delivery.finished",
              id: expect.any(String),
              time: T(1),
            },
          },
        ],
      },
    ]);
  });
});

test("STA-10 the view of a service records its last events and the deployed image", async () => {
  const context = await host.post(delivery("p", "c1"));
  await finish("deployment", context);
  const { status, json } = await host.call("GET", `${BASE}/project/p/stage/staging/service/c1`);
  expect(status).toBe(200);
  const mark = { eventId: expect.any(String), keptnContext: context, time: "1704110400000000000" };
  expect(json).toMatchObject({
    serviceName: "c1",
    deployedImage: "repo/img:1",
    lastEventTypes: {
      "sh.keptn.event.deployment.triggered": mark,
      "sh.keptn.event.deployment.started": mark,
      "sh.keptn.event.deployment.finished": mark,
    },
  });
});

describe("STA-11 query of executions", () => {
  test("no project, an unknown one, all filters", async () => {
    const none = await host.call("GET", `${BASE}/sequence-execution`);
    expect([none.status, none.json]).toEqual([
      400,
      { code: 400, message: "Invalid request format: project name must not be empty" },
    ]);
    const unknown = await host.call("GET", `${BASE}/sequence-execution?project=unknown`);
    expect([unknown.status, unknown.json]).toMatchObject([
      404,
      { code: 404, message: "project not found" },
    ]);
    const contexts = [await host.post(delivery("p", "c1")), await host.post(delivery("p", "c2"))];
    const page = await host.call<{ sequenceExecutions: object[] }>(
      "GET",
      `${BASE}/sequence-execution?project=p&stage=staging&status=started&name=delivery&pageSize=1&nextPageKey=0`,
    );
    expect(page.status).toBe(200);
    expect(page.json).toMatchObject({ nextPageKey: 1, pageSize: 1, totalCount: 2 });
    const [task] = await host.open("deployment.triggered", "?service=c2");
    expect(page.json.sequenceExecutions).toEqual([
      {
        _id: expect.any(String),
        schemaVersion: "1",
        sequence: {
          name: "delivery",
          tasks: [
            { name: "deployment", properties: null },
            { name: "test", properties: null },
          ],
        },
        status: {
          state: "started",
          stateBeforePause: "",
          previousTasks: [],
          currentTask: { name: "deployment", triggeredID: task!.id, events: [] },
        },
        scope: {
          project: "p",
          stage: "staging",
          service: "c2",
          keptnContext: contexts[1],
          triggeredId: expect.any(String),
          gitcommitid: expect.stringMatching(/^[0-9a-f]{40}$/),
          eventType: "sh.keptn.event.staging.delivery.triggered",
        },
        inputProperties: expect.objectContaining({ service: "c2" }),
        triggeredAt: "2024-01-01T12:00:00.000Z",
      },
    ]);
    const filtered = `${BASE}/sequence-execution?project=p&service=c1&keptnContext=${contexts[0]}`;
    expect((await host.call("GET", filtered)).json).toMatchObject({ totalCount: 1, pageSize: 1 });
    const empty = await host.call("GET", `${BASE}/sequence-execution?project=p&name=d`);
    expect(empty.json).toEqual({ sequenceExecutions: [] });
  });
});

describe("CTL-20 control", () => {
  test.each([
    ["an unknown word has no effect", { state: "whatever" }, 200, {}],
    [
      "an empty word",
      { state: "" },
      400,
      {
        code: 400,
        message:
          "Invalid request format: Key: 'SequenceControlCommand.State' Error:Field validation for 'State' failed on the 'required' tag",
      },
    ],
    ["no word", {}, 400, { code: 400 }],
    ["no JSON", "not json", 400, { code: 400 }],
  ])("%s", async (_case, body, status, expected) => {
    const context = await host.post(delivery("p", "c1"));
    const before = (await host.call("GET", `${BASE}/sequence/p`)).json;
    const answer = await host.call("POST", `${BASE}/sequence/p/${context}/control`, body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject(expected);
    expect((await host.call("GET", `${BASE}/sequence/p`)).json).toEqual(before);
  });

  test("an unknown context is no error", async () => {
    const answer = await host.call("POST", `${BASE}/sequence/p/unknown/control`, {
      state: "abort",
    });
    expect([answer.status, answer.json]).toEqual([200, {}]);
  });
});

describe("evaluation", () => {
  const path = (project = "p", stage = "staging", service = "c1"): string =>
    `${BASE}/project/${project}/stage/${stage}/service/${service}/evaluation`;
  const S = "2021-01-02T15:00:00";

  test("EVA-01 the event that is published", async () => {
    const body = {
      start: "2020-01-02T15:00:00.000Z",
      timeframe: "5m",
      labels: { foo: "bar" },
      gitCommitID: "g",
    };
    const answer = await host.call<{ keptnContext: string }>("POST", path(), body);
    expect(answer.status).toBe(200);
    const { keptnContext } = answer.json;
    const query = `/api/mongodb-datastore/event?keptnContext=${keptnContext}`;
    const { events } = (await host.call<{ events: KeptnEvent[] }>("GET", query)).json;
    expect(events.at(-1)).toMatchObject({
      type: "sh.keptn.event.staging.evaluation.triggered",
      source: "https://github.com/keptn/keptn/api",
      gitcommitid: "g",
      data: {
        project: "p",
        stage: "staging",
        service: "c1",
        labels: { foo: "bar" },
        test: { start: "", end: "" },
        evaluation: {
          start: "2020-01-02T15:00:00.000Z",
          end: "2020-01-02T15:05:00.000Z",
          timeframe: "",
        },
        deployment: { deploymentNames: null },
      },
    });
  });

  const LAST = { start: "2024-01-01T11:55:00.000Z", end: "2024-01-01T12:00:00.000Z" };
  test.each([
    [
      { start: S, end: "2021-01-02T15:10:00" },
      { start: `${S}.000Z`, end: "2021-01-02T15:10:00.000Z" },
    ],
    [
      { start: S, timeframe: "5m" },
      { start: `${S}.000Z`, end: "2021-01-02T15:05:00.000Z" },
    ],
    [{ timeframe: "5m" }, LAST],
    [{}, LAST],
    [
      { start: "2021-01-02T15:00:00+02:00", timeframe: "5m" },
      { start: "2021-01-02T13:00:00.000Z", end: "2021-01-02T13:05:00.000Z" },
    ],
  ])("EVA-02 %j gives its window", async (body, window) => {
    expect((await host.call("POST", path(), body)).status).toBe(200);
    const [task] = await host.open("evaluation.triggered");
    expect(task!.data).toMatchObject({ evaluation: window });
  });

  test.each([
    [
      { start: S, end: S, timeframe: "5m" },
      "Invalid request format: timeframe and end time specifications cannot be set together",
    ],
    [
      { end: S, timeframe: "5m" },
      "Invalid request format: timeframe and end time specifications cannot be set together",
    ],
    [
      { end: S },
      "Invalid request format: end time specifications cannot be set without start parameter",
    ],
    [
      { start: S },
      "Invalid request format: timeframe or end time specifications need to be specified when using start parameter",
    ],
    ["not json", "Invalid request format: "],
    ["", "Invalid request format: "],
  ])("EVA-02 %j is refused", async (body, message) => {
    const answer = await host.call<{ code: number; message: string }>("POST", path(), body);
    expect([answer.status, answer.json.code]).toEqual([400, 400]);
    expect(answer.json.message).toContain(message);
  });

  test("EVA-02 a window under a minute has no code", async () => {
    const body = { start: S, end: "2021-01-02T15:00:30" };
    const answer = await host.call("POST", path(), body);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ message: "end date must be at least 1 minute after start date" });
  });

  test.each([
    [path("unknown"), "project not found"],
    [path("p", "unknown"), "stage not found"],
    [path("p", "staging", "unknown"), "service not found"],
  ])("EVA-03 %s", async (unknown, message) => {
    const answer = await host.call("POST", unknown, {});
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 2, message });
  });

  test("EVA-03 an event that cannot be recorded", async () => {
    await host.close();
    const failing = await openHost({}, { controller: idleController });
    await failing.store.write([
      insertProject({ name: "p", shipyard: SHIP, created: 0, body: {} }),
      insertService("p", "c1", ["staging"], 0),
    ]);
    const answer = await failing.call("POST", path(), {});
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ code: 1, message: expect.stringContaining("no disk") });
    await failing.close();
  });
});

describe("LOG-01 error logs", () => {
  const path = `${BASE}/log`;
  const entry = { integrationid: "i", message: "m" };
  interface Logs {
    readonly logs: { readonly message: string }[];
  }

  test("written, read by filter and page, deleted", async () => {
    const written = await host.call("POST", path, { logs: [entry] });
    expect([written.status, written.json]).toEqual([200, {}]);
    await host.advance(1_000);
    await host.call("POST", path, {
      logs: [{ ...entry, message: "later", time: "0001-01-01T00:00:00Z" }],
    });
    await host.call("POST", path, { logs: [{ ...entry, integrationid: "j" }] });
    const T = "2024-01-01T12:00:00.000Z";
    const query = `?integrationId=i&fromTime=${T}&beforeTime=2024-01-01T12:00:01.000Z`;
    const first = await host.call<Logs>("GET", `${path}${query}&pageSize=1&nextPageKey=0`);
    expect(first.status).toBe(200);
    expect(first.json).toMatchObject({
      nextPageKey: 1,
      totalCount: 2,
      logs: [{ message: "later" }],
    });
    const second = await host.call<Logs>("GET", `${path}${query}&pageSize=1&nextPageKey=1`);
    expect(second.json).toEqual({
      totalCount: 2,
      logs: [{ ...entry, time: T, shkeptncontext: "", task: "", triggeredid: "", gitcommitid: "" }],
    });
    const deleted = await host.call("DELETE", "/api/periplus/v1/log?integrationId=i");
    expect([deleted.status, deleted.json]).toEqual([
      200,
      { integrationId: "", fromTime: "", beforeTime: "" },
    ]);
    expect((await host.call<Logs>("GET", path)).json.logs).toHaveLength(1);
    expect((await host.call("GET", `${path}?integrationId=i`)).json).toEqual({ logs: [] });
  });

  test("what is refused", async () => {
    expect((await host.call("POST", path, "invalid")).status).toBe(400);
    expect((await host.call("POST", path, { logs: [] })).status).toBe(500);
    const time = await host.call("GET", `${path}?fromTime=2024-01-01T12:00:00Z`);
    expect([time.status, time.json]).toMatchObject([404, { code: 404 }]);
    expect((await host.call("DELETE", path)).status).toBe(403);
  });

  test("entries are forgotten after their time", async () => {
    await host.call("POST", path, { logs: [entry] });
    await host.advance(121 * 3_600_000);
    expect((await host.call("GET", path)).json).toEqual({ logs: [] });
  });
});
