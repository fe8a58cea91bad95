/** Stored events: filters, paging, the filter grammar, what is kept. @module */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KeptnEvent } from "../../src/spec/event.ts";
import { answering, BASE, delivery, openHost, PASSED, SHIPYARD, type TestHost } from "./host.ts";

interface List {
  readonly events: KeptnEvent[];
  readonly nextPageKey?: string;
  readonly pageSize?: number;
  readonly totalCount?: number;
}
const PATH = "/api/mongodb-datastore/event";
const EVALUATED = "sh.keptn.event.evaluation.finished";

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts");
});
afterEach(() => host.close());

const get = async (query: string): Promise<List> => {
  const answer = await host.call<List>("GET", PATH + query);
  expect(answer.status).toBe(200);
  return answer.json;
};
const types = (list: List): string[] =>
  list.events.map(({ type }) => type.replace("sh.keptn.event.", ""));
const evaluated = (triggeredid: string, more: object = {}): object => ({
  type: EVALUATED,
  source: "lighthouse-service",
  triggeredid,
  data: { project: "p", stage: "staging", service: "carts", ...PASSED, ...more },
});

describe("GET /event", () => {
  test("newest first, with the sizes that clients add up, no key on the last page (trap 6)", async () => {
    const context = await host.post(delivery("p", "carts"));
    const all = await get(`?keptnContext=${context}`);
    expect(types(all)).toEqual(["deployment.triggered", "staging.delivery.triggered"]);
    expect(all).toMatchObject({ pageSize: 20, totalCount: 2 });
    expect(all).not.toHaveProperty("nextPageKey");
    const first = await get(`?keptnContext=${context}&pageSize=1`);
    expect(first).toMatchObject({ nextPageKey: "1", pageSize: 1, totalCount: 2 });
    const second = await get(`?keptnContext=${context}&pageSize=1&nextPageKey=1`);
    expect(types(second)).toEqual(["staging.delivery.triggered"]);
    expect(second).not.toHaveProperty("nextPageKey");
    expect(types(await get(`?keptnContext=${context}&nextPageKey=garbage`))).toHaveLength(2);
  });

  test("filters are exact, times are texts and exclusive", async () => {
    const context = await host.post(delivery("p", "carts"));
    await host.advance(1_000);
    const [task] = await host.open("deployment.triggered");
    await host.post(answering(task!, "started"));
    const base = `?project=p&keptnContext=${context}`;
    expect(types(await get(`${base}&type=sh.keptn.event.deployment.started`))).toHaveLength(1);
    expect(types(await get(`${base}&source=executor`))).toEqual(["deployment.started"]);
    expect(types(await get(`${base}&eventID=${task!.id}`))).toEqual(["deployment.triggered"]);
    expect(types(await get(`${base}&stage=staging&service=carts`))).toHaveLength(3);
    expect(types(await get(`${base}&stage=none`))).toEqual([]);
    expect(types(await get(`${base}&fromTime=2024-01-01T12:00:00.000Z`))).toHaveLength(1);
    expect(types(await get(`${base}&beforeTime=2024-01-01T12:00:01.000Z`))).toHaveLength(2);
  });

  test("DAT-02 root shows the first event of each context that arrived", async () => {
    const one = await host.post(delivery("p", "carts"));
    const [task] = await host.open("deployment.triggered");
    await host.post({ ...answering(task!, "started"), time: "1999-01-01T00:00:00Z" });
    const roots = await get(`?project=p&keptnContext=${one}&root=false`);
    expect(types(roots)).toEqual(["staging.delivery.triggered"]);
    expect(roots.totalCount).toBe(1);
    expect((await get(`?project=p&keptnContext=${one}`)).totalCount).toBe(3);
  });

  test("without project and context only events without a project; logs and problems never", async () => {
    await host.post(delivery("p", "carts"));
    await host.post({ type: "sh.keptn.event.a.b", source: "s", data: {} });
    await host.post({ type: "sh.keptn.log.error", source: "s", data: {} });
    expect(types(await get(""))).toEqual(["a.b"]);
    expect(await get("?project=unknown")).toEqual({ events: [], pageSize: 20 });
  });

  test.each([
    ["pageSize=0", 609, "pageSize in query should be greater than or equal to 1"],
    ["pageSize=101", 608, "pageSize in query should be less than or equal to 100"],
    ["pageSize=abc", 601, 'pageSize in query must be of type int64: "abc"'],
  ])("%s is 422 with a code of its own", async (query, code, message) => {
    const answer = await host.call("GET", `${PATH}?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.json).toEqual({ code, message });
  });

  test("an event comes back as it was taken", async () => {
    const data = {
      project: "p",
      stage: "s",
      service: "x",
      deep: { list: [1, null, "é", 1.5e300] },
    };
    const context = await host.post({
      type: "sh.keptn.event.a.b",
      source: "s",
      data,
      extensions: { e: [1] },
    });
    const [event] = (await get(`?keptnContext=${context}`)).events;
    expect(event).toMatchObject({ data, extensions: { e: [1] }, contenttype: "application/json" });
  });
});

describe("GET /event/type/{type}", () => {
  const ofType = async (filter: string, more = ""): Promise<List> =>
    get(`/type/${EVALUATED}?filter=${encodeURIComponent(filter)}${more}`);

  test("terms, comma lists, dropped terms, any source parameter (trap 28)", async () => {
    for (const result of ["pass", "warning", "fail"]) await host.post(evaluated("t", { result }));
    const place = "data.project:p AND data.stage:staging AND data.service:carts";
    const results = async (filter: string, more = ""): Promise<unknown[]> =>
      (await ofType(filter, more)).events.map(({ data }) => (data as { result: string }).result);
    expect(await results(`${place} AND constructor:x`)).toEqual([]);
    expect(await results(place)).toEqual(["fail", "warning", "pass"]);
    expect(await results(`${place} AND data.result:pass,warning`)).toEqual(["warning", "pass"]);
    expect(
      await results(`${place} AND source:lighthouse-service`, "&source=ignored&x=y"),
    ).toHaveLength(3);
    expect(await results(`${place} AND source:other`)).toEqual([]);
    expect(await results(`${place} AND time:2024-01-01T12:00:00.000Z`)).toHaveLength(3);
    expect(await results(`${place} AND nonsense`)).toHaveLength(3);
    expect(await results(place, "&limit=1")).toEqual(["fail"]);
    expect(await results(place, "&fromTime=2024-01-01T12:00:00.000Z")).toEqual([]);
    const ids = (await ofType(place)).events.map(({ id }) => id);
    expect(await results(`data.project:p AND id:${ids[0]},${ids[2]}`)).toEqual(["fail", "pass"]);
    expect(await results(`data.project:p AND data."x:1`)).toEqual([]);
  });

  test("QG-03 invalidated evaluations are left out", async () => {
    await host.post(evaluated("e1"));
    await host.post(evaluated("e2"));
    const place = { project: "p", stage: "staging", service: "carts" };
    await host.post({
      type: "sh.keptn.event.evaluation.invalidated",
      source: "bridge",
      triggeredid: "e1",
      data: place,
    });
    const compared = (list: List): unknown[] => list.events.map(({ triggeredid }) => triggeredid);
    const filter = "data.project:p AND data.result:pass,warning";
    expect(compared(await ofType(filter, "&excludeInvalidated=true"))).toEqual(["e2"]);
    expect(compared(await ofType(filter, "&excludeInvalidated=garbage"))).toEqual(["e2", "e1"]);
  });

  test.each([
    ["", 422, 602, "filter in query is required"],
    ["?filter=", 422, 602, "filter in query is required"],
    [
      "?filter=data.stage:s",
      400,
      400,
      "invalid event filter: either 'shkeptncontext' or 'data.project' must be set",
    ],
    [
      "?filter=data.project:p&limit=0",
      422,
      609,
      "limit in query should be greater than or equal to 1",
    ],
  ])("%s is refused", async (query, status, code, message) => {
    const answer = await host.call("GET", `${PATH}/type/${EVALUATED}${query}`);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ code, message });
  });
});

test("DAT-01 deleting a project removes its events", async () => {
  const context = await host.post(delivery("p", "carts"));
  await host.call("POST", `${BASE}/sequence/p/${context}/control`, { state: "abort" });
  expect((await host.call("DELETE", `${BASE}/project/p`)).status).toBe(200);
  expect((await get("?project=p")).totalCount).toBeUndefined();
  expect(await get(`?keptnContext=${context}`)).toEqual({ events: [], pageSize: 20 });
});

test("posting to the datastore is denied", async () => {
  const answer = await host.call("POST", PATH, {});
  expect([answer.status, answer.json]).toMatchObject([403, { code: 403 }]);
});
