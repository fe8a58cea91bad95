/** Events in: normalisation, validation, repetition, the three modes. @module */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answering, delivery, openHost, PASSED, SHIPYARD, type TestHost } from "./host.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const KNOWN = "8f7a7b1e-1d3c-4e5a-9b2c-0a1b2c3d4e5f";

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts");
});
afterEach(() => host.close());

const stored = async (context: string) => {
  const path = `/api/mongodb-datastore/event?keptnContext=${context}&project=p`;
  const { json } = await host.call<{ events: Record<string, unknown>[] }>("GET", path);
  return json.events.at(-1)!;
};

describe("API-01 attributes of a posted event are normalised", () => {
  test("id, time and content type are the host's, an empty context becomes a fresh one", async () => {
    const context = await host.post(
      delivery("p", "carts", {
        id: "mine",
        time: "2020-01-01T00:00:00Z",
        contenttype: "text/plain",
        shkeptncontext: "",
        shkeptnspecversion: "0.1",
        traceparent: "00-1-2-01",
        gitcommitid: "g",
        extensions: { a: 1 },
      }),
    );
    expect(context).toMatch(UUID);
    const event = await stored(context);
    expect(event).toMatchObject({
      source: "test",
      contenttype: "application/json",
      specversion: "1.0",
      shkeptncontext: context,
      time: "2024-01-01T12:00:00.000Z",
      traceparent: "00-1-2-01",
      gitcommitid: "g",
      extensions: { a: 1 },
    });
    expect(event.id).toMatch(UUID);
    expect(event).not.toHaveProperty("shkeptnspecversion");
  });

  test.each([
    ["a", "61202020-2020-4020-a020-202020202020"],
    ["1234567890123456", "31323334-3536-4738-b930-313233343536"],
    [KNOWN, KNOWN],
  ])("context %s is recorded as %s", async (given, context) => {
    expect(await host.post(delivery("p", "carts", { shkeptncontext: given }))).toBe(context);
  });

  test.each(["", "%zz", "1:2", ":x", "a\u0001b"])(
    "source %j becomes Keptn's own",
    async (source) => {
      const context = await host.post(delivery("p", "carts", { source }));
      expect((await stored(context)).source).toBe("https://github.com/keptn/keptn/api");
    },
  );
});

const place = { project: "p", stage: "dev", service: "s" };
const task = "sh.keptn.event.a";
const answered = { ...place, ...PASSED };

describe("API-02 optional validation", () => {
  let strict: TestHost;
  beforeEach(async () => (strict = await openHost({ eventValidation: true, maxEventSizeKb: 1 })));
  afterEach(() => strict.close());

  test.each([
    [200, "sh.keptn.event.dev.d.triggered", place, undefined, undefined],
    [
      400,
      "sh.keptn.event.dev.d.triggered",
      { ...place, stage: "other" },
      undefined,
      "stage name in event data and in event type does not match",
    ],
    [
      400,
      "sh.keptn.event.dev.d.triggered",
      { project: "p" },
      undefined,
      "mandatory field(s) 'project', 'stage' or 'service' missing",
    ],
    [
      400,
      "sh.keptn.event.dev.d.triggered",
      { ...place, labels: { a: 1 } },
      undefined,
      "could not parse common event data",
    ],
    [400, "sh.keptn.event.dev.d.finished", place, undefined, "unknown event type action: finished"],
    [400, `${task}.triggered`, place, undefined, "unknown event type action: triggered"],
    [200, `${task}.started`, place, "t", undefined],
    [400, `${task}.started`, place, undefined, "mandatory field 'triggeredid' missing"],
    [200, `${task}.finished`, answered, "t", undefined],
    [400, `${task}.finished`, place, "t", "result field is not set"],
    [400, `${task}.finished`, { ...place, result: "pass" }, "t", "status field is not set"],
    [200, `${task}.invalidated`, place, undefined, undefined],
    [200, "sh.keptn.log.error", {}, undefined, undefined],
    [200, "sh.keptn.events.problem", {}, undefined, undefined],
    [
      400,
      "sh.keptn.event.monitoring.configure",
      { project: "p" },
      undefined,
      "mandatory fields(s) 'project', 'service' or 'type' missing",
    ],
    [
      200,
      "sh.keptn.event.monitoring.configure",
      { project: "p", type: "prometheus" },
      undefined,
      undefined,
    ],
    [400, "a.b", place, undefined, "unknown event type"],
    [
      400,
      `${task}.started`,
      { ...place, big: "x".repeat(1_100) },
      "t",
      'parsing body body from "" failed, because http: request body too large',
    ],
  ])("%i for %s", async (status, type, data, triggeredid, message) => {
    const event = { type, source: "s", data, ...(triggeredid ? { triggeredid } : {}) };
    const answer = await strict.call<Record<string, unknown>>("POST", "/api/v1/event", event);
    expect(answer.status).toBe(status);
    if (message) expect(answer.json).toMatchObject({ code: 400, message });
  });
});

describe("what the event route refuses", () => {
  const json = "application/json";
  test.each([
    ["no JSON", "{", json, 400, 400, 'parsing body body from "" failed, because '],
    ["no body", "", json, 400, 400, 'parsing body body from "" failed, because '],
    ["null", "null", json, 422, 602, "data in body is required"],
    ["a list", "[]", json, 400, 400, "an event is a JSON object, not a list"],
    ["no data", '{"type":"t","source":"s"}', json, 422, 602, "data in body is required"],
    [
      "null data",
      '{"type":"t","source":"s","data":null}',
      json,
      422,
      602,
      "data in body is required",
    ],
    ["no source", '{"type":"t","data":{}}', json, 422, 602, "source in body is required"],
    ["no type", '{"source":"s","data":{}}', json, 422, 602, "type in body is required"],
    [
      "empty type",
      '{"type":"","source":"s","data":{}}',
      json,
      500,
      500,
      "event is missing the event type",
    ],
    [
      "id of a wrong type",
      '{"type":"t","source":"s","data":{},"id":1}',
      json,
      400,
      400,
      "id must be a string, not a number",
    ],
    [
      "bad time",
      '{"type":"t","source":"s","data":{},"time":"now"}',
      json,
      400,
      400,
      "time must be an RFC 3339 time",
    ],
    [
      "deep nesting",
      `{"type":"t","source":"s","data":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
      json,
      400,
      400,
      "nested deeper than 256",
    ],
    [
      "text",
      "hello",
      "text/plain",
      415,
      415,
      'unsupported media type "text/plain", only [application/cloudevents+json application/json] are allowed',
    ],
    ["no content type", "{}", "", 415, 415, 'unsupported media type "application/octet-stream"'],
    [
      "a body above the limit",
      `"${"x".repeat(6_000_000)}"`,
      json,
      413,
      413,
      "request body too large",
    ],
    [
      "an event above the limit",
      `{"type":"t","source":"s","data":"${"x".repeat(1_100_000)}"}`,
      json,
      413,
      413,
      "at most 1000000",
    ],
  ])("%s", async (_case, body, type, status, code, message) => {
    const answer = await host.call<{ code: number; message: string }>(
      "POST",
      "/api/v1/event",
      body,
      { "content-type": type },
    );
    expect(answer.status).toBe(status);
    expect(answer.json.code).toBe(code);
    expect(answer.json.message).toContain(message);
    expect(answer.text).not.toMatch(/\bat .*\.ts:\d/);
  });

  test("an Accept that excludes JSON", async () => {
    const answer = await host.call("POST", "/api/v1/event", delivery("p", "carts"), {
      accept: "text/html",
    });
    expect(answer.status).toBe(406);
    expect(answer.json).toEqual({
      code: 406,
      message: "unsupported media type requested, only [application/json] are available",
    });
  });
});

describe("repetition (design D7)", () => {
  test("an Idempotency-Key gives the first answer and nothing else happens", async () => {
    const key = { "idempotency-key": "k1" };
    const first = await host.call("POST", "/api/v1/event", delivery("p", "carts"), key);
    const newest = host.controller.newest;
    const again = await host.call("POST", "/api/v1/event", delivery("p", "carts"), key);
    expect(again.json).toEqual(first.json);
    expect(host.controller.newest).toBe(newest);
  });

  test("an answer with a client id counts once, a trigger with one twice", async () => {
    await host.post(delivery("p", "carts", { id: "same" }));
    const [deployment] = await host.open("deployment.triggered");
    const started = { ...answering(deployment!, "started"), id: "own" };
    await host.post(started);
    const newest = host.controller.newest;
    await host.post(started);
    expect(host.controller.newest).toBe(newest);
    await host.post(delivery("p", "carts", { id: "same" }));
    expect(host.controller.newest).toBeGreaterThan(newest);
  });
});

describe("the modes of CloudEvents over HTTP", () => {
  test("binary", async () => {
    const context = await host.call<{ keptnContext: string }>(
      "POST",
      "/api/v1/event",
      { project: "p", stage: "staging", service: "carts" },
      {
        "ce-specversion": "1.0",
        "ce-type": "sh.keptn.event.staging.delivery.triggered",
        "ce-source": "binary",
        "ce-id": "b",
        "ce-shkeptncontext": "a",
      },
    );
    expect(context.json.keptnContext).toBe("61202020-2020-4020-a020-202020202020");
    expect(await stored(context.json.keptnContext)).toMatchObject({ source: "binary" });
  });

  test("a batch is committed together and answered in order", async () => {
    const type = { "content-type": "application/cloudevents-batch+json" };
    const events = ["a", "b"].map((shkeptncontext) => delivery("p", "carts", { shkeptncontext }));
    const { status, json } = await host.call("POST", "/api/v1/event", events, type);
    expect(status).toBe(200);
    expect(json).toEqual([
      { keptnContext: "61202020-2020-4020-a020-202020202020" },
      { keptnContext: "62202020-2020-4020-a020-202020202020" },
    ]);
  });

  test("one wrong event of a batch refuses the whole batch and names it", async () => {
    const type = { "content-type": "application/cloudevents-batch+json" };
    const before = host.controller.newest;
    const answer = await host.call("POST", "/api/v1/event", [delivery("p", "carts"), {}], type);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      code: 602,
      message: "event 1 of the batch: data in body is required",
    });
    expect(host.controller.newest).toBe(before);
  });
});
