/** Open triggered events: Keptn's list, and the long poll beside it. @module */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KeptnEvent } from "../../src/spec/event.ts";
import {
  type Answer,
  answering,
  BASE,
  delivery,
  openHost,
  PASSED,
  settle,
  SHIPYARD,
  type TestHost,
} from "./host.ts";

interface List {
  readonly events: KeptnEvent[];
  readonly nextPageKey: string;
  readonly totalCount?: number;
  readonly cursor?: string;
}

const SLOW = SHIPYARD.replace("{ name: test }", "{ name: test, triggeredAfter: 24h }");
const TYPE = "sh.keptn.event.deployment.triggered";

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts", "orders");
});
afterEach(() => host.close());

const list = (query = "", type = TYPE): Promise<Answer<List>> =>
  host.call<List>("GET", `${BASE}/event/triggered/${type}${query}`);
const ids = (answer: Answer<List>): string[] => answer.json.events.map(({ id }) => id);

describe("EVT-01 open tasks by type and filter", () => {
  test("a project, all projects, an unknown project", async () => {
    await host.post(delivery("p", "carts"));
    const named = await list("?project=p&stage=staging&service=carts");
    expect(named.status).toBe(200);
    expect(named.json.events).toMatchObject([{ type: TYPE }]);
    expect(named.json).toMatchObject({ nextPageKey: "0", totalCount: 1 });
    expect((await list()).json.events).toEqual(named.json.events);
    expect((await list("?eventID=none")).json).toEqual({ events: [], nextPageKey: "0" });
    expect((await list(`?eventID=${ids(named)[0]}`)).json.totalCount).toBe(1);
    const unknown = await list("?project=unknown");
    expect(unknown.status).toBe(404);
    expect(unknown.json).toMatchObject({ code: 404, message: "project not found" });
    expect((await list("", "sh.keptn.event.*.triggered")).json.events).toEqual([]);
  });

  test("pages go on where the one before ended, newest first", async () => {
    for (const service of ["carts", "orders"]) await host.post(delivery("p", service));
    const first = await list("?pageSize=1");
    expect(first.json).toMatchObject({ nextPageKey: "1", totalCount: 2 });
    expect(first.json.events).toMatchObject([{ data: { service: "orders" } }]);
    const second = await list("?pageSize=1&nextPageKey=1");
    expect(second.json).toMatchObject({ nextPageKey: "0", totalCount: 2 });
    expect(second.json.events).toMatchObject([{ data: { service: "carts" } }]);
  });

  test("a page size that is no number is one 400", async () => {
    const answer = await list("?pageSize=many");
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      code: 400,
      message: 'Invalid request format: strconv.ParseInt: parsing "many": invalid syntax',
    });
  });
});

describe("EVT-02 tasks that may not be started yet are hidden (design §7)", () => {
  test("a delayed one until its time, a paused one until it is resumed", async () => {
    await host.project("slow", SLOW, "carts");
    const context = await host.post(delivery("slow", "carts"));
    const [deployment] = await host.open("deployment.triggered", "?project=slow");
    await host.post(answering(deployment!, "started"));
    await host.post(answering(deployment!, "finished", PASSED));
    expect(await host.open("test.triggered")).toEqual([]);
    await host.call("POST", `${BASE}/sequence/slow/${context}/control`, { state: "pause" });
    await host.advance(24 * 3_600_000);
    expect(await host.open("test.triggered")).toEqual([]);
    await host.call("POST", `${BASE}/sequence/slow/${context}/control`, { state: "resume" });
    expect(await host.open("test.triggered")).toHaveLength(1);
  });
});

describe("EVT-03 a task leaves the list when every executor has finished", () => {
  test("with two executors, and by an abort", async () => {
    const context = await host.post(delivery("p", "carts"));
    const [task] = await host.open("deployment.triggered");
    for (const source of ["one", "two"]) {
      await host.post({ ...answering(task!, "started"), source });
    }
    await host.post({ ...answering(task!, "finished", PASSED), source: "one" });
    expect(await host.open("deployment.triggered")).toHaveLength(1);
    await host.post({ ...answering(task!, "finished", PASSED), source: "two" });
    expect(await host.open("deployment.triggered")).toEqual([]);
    expect(await host.open("test.triggered")).toHaveLength(1);
    await host.call("POST", `${BASE}/sequence/p/${context}/control`, { state: "abort" });
    expect(await host.open("test.triggered")).toEqual([]);
  });
});

describe("long poll", () => {
  test("what is open is answered at once, oldest first, at most a page, with a cursor", async () => {
    for (const service of ["carts", "orders"]) await host.post(delivery("p", service));
    const first = await list("?wait=30s&pageSize=1");
    expect(first.json.events).toMatchObject([{ data: { service: "carts" } }]);
    expect(first.json).toMatchObject({ nextPageKey: "0", totalCount: 2 });
    const second = await list(`?wait=30s&after=${first.json.cursor}`);
    expect(second.json.events).toMatchObject([{ data: { service: "orders" } }]);
  });

  test("an event that is opened while it waits is answered", async () => {
    await host.post(delivery("p", "carts"));
    const { cursor } = (await list("?wait=30s")).json;
    const waiting = list(`?wait=30s&after=${cursor}&project=p`);
    await settle();
    await host.post(delivery("p", "orders"));
    expect((await waiting).json.events).toMatchObject([{ data: { service: "orders" } }]);
  });

  test("a task that is released while it waits is answered", async () => {
    const context = await host.post(delivery("p", "carts"));
    const [task] = await host.open("deployment.triggered");
    await host.call("POST", `${BASE}/sequence/p/${context}/control`, { state: "pause" });
    await host.post(answering(task!, "started"));
    await host.post(answering(task!, "finished", PASSED));
    const waiting = list("?wait=30s", "sh.keptn.event.test.triggered");
    await settle();
    await host.call("POST", `${BASE}/sequence/p/${context}/control`, { state: "resume" });
    expect((await waiting).json.events).toHaveLength(1);
  });

  test("when the time is up: an empty list and the same cursor", async () => {
    await host.post(delivery("p", "carts"));
    const { cursor } = (await list("?wait=1s")).json;
    const waiting = list(`?wait=30s&after=${cursor}`);
    await settle();
    await host.advance(30_000);
    expect((await waiting).json).toEqual({ events: [], nextPageKey: "0", cursor });
    // Without a cursor of its own: the place at which it began.
    await host.open("test.triggered");
    const anew = list("?wait=30s", "sh.keptn.event.test.triggered");
    await settle();
    await host.advance(30_000);
    expect((await anew).json).toEqual({ events: [], nextPageKey: "0", cursor });
  });

  test("a host that stops answers at once", async () => {
    const waiting = list("?wait=60s");
    await settle();
    host.drain();
    expect((await waiting).json.events).toEqual([]);
  });

  test.each([
    ["?wait=61s", "a duration from 0s to 60s is expected"],
    ["?wait=soon", "a duration from 0s to 60s is expected"],
    ["?wait=1s&after=x", "is no cursor"],
    ["?wait=1s&after=czzzz", "has expired"],
    ["?after=c1", "after goes with wait"],
    ["?wait=1s&pageSize=0", "pageSize must be at least 1"],
  ])("%s is refused with the rule", async (query, rule) => {
    const answer = await host.call<{ message: string }>(
      "GET",
      `${BASE}/event/triggered/${TYPE}${query}`,
    );
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(rule);
  });
});
