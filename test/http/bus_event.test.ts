/** Events with a final id, and repeated evaluation triggers. @module */
import { afterEach, beforeEach, expect, test } from "vitest";
import { BASE, delivery, openHost, SHIPYARD, type TestHost } from "./host.ts";

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts");
});
afterEach(() => host.close());

const event = (more: object = {}): object =>
  delivery("p", "carts", {
    id: "final",
    time: "2024-01-01T00:00:00Z",
    shkeptncontext: "c",
    ...more,
  });

function nested(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

test("an event of the control plane keeps its id, and counts once", async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    const answer = await host.call("POST", `${BASE}/event`, event());
    expect([answer.status, answer.text]).toEqual([200, ""]);
  }
  const { json } = await host.call<{ states: object[] }>("GET", `${BASE}/sequence/p`);
  expect(json.states).toMatchObject([{ shkeptncontext: "c" }]);
  expect(await host.open("staging.delivery.triggered")).toMatchObject([{ id: "final" }]);
});

test.each([
  ["no id", event({ id: undefined }), 400, /^Invalid request format: id/],
  ["no time", event({ time: "now" }), 400, /^Invalid request format: time/],
  ["no source", event({ source: "" }), 400, /^Invalid request format: source/],
  ["a type that is none", event({ type: "a.b" }), 500, /a\.b is no event type/],
  ["no JSON", "x", 400, /^Invalid request format: /],
  ["deep data", event({ data: nested(300) }), 400, /nested deeper than 256 levels/],
  ["large data", event({ data: "x".repeat(1_000_001) }), 413, /at most 1000000 bytes/],
])("%s is refused", async (_case, body, status, message) => {
  const answer = await host.call<{ message: string }>("POST", `${BASE}/event`, body);
  expect(answer.status).toBe(status);
  expect(answer.json.message).toMatch(message);
});

test("an evaluation that is triggered twice with one key is triggered once", async () => {
  const path = `${BASE}/project/p/stage/staging/service/carts/evaluation`;
  const key = { "idempotency-key": "once" };
  const [first, again] = [
    await host.call("POST", path, {}, key),
    await host.call("POST", path, {}, key),
  ];
  expect(again.json).toEqual(first.json);
  expect(await host.open("evaluation.triggered")).toHaveLength(1);
});
