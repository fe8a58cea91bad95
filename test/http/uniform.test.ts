/** Integrations: registration, heartbeat, subscriptions. @module */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Answer, BASE, openHost, type TestHost } from "./host.ts";

interface Subscription {
  readonly id: string;
  readonly event: string;
  readonly filter: unknown;
}
interface Integration {
  readonly id: string;
  readonly name: string;
  readonly metadata: Record<string, unknown>;
  readonly subscriptions: Subscription[];
}

const PATH = `${BASE}/uniform/registration`;
const TTL = 60_000;
const ANY = { projects: [], stages: [], services: [] };

let host: TestHost;
beforeEach(async () => (host = await openHost({ integrationTtlMs: TTL })));
afterEach(() => host.close());

function integration(more: object = {}, metadata: object = {}): object {
  return {
    id: "",
    name: "n",
    metadata: {
      hostname: "h",
      kubernetesmetadata: { namespace: "ns", podname: "", deploymentname: "" },
      distributorversion: "0.8.3",
      integrationversion: "v1",
      location: "control-plane",
      lastseen: "0001-01-01T00:00:00Z",
      ...metadata,
    },
    subscriptions: [{ id: "", event: "sh.keptn.event.test.triggered", filter: ANY }],
    ...more,
  };
}
const register = (body: object): Promise<Answer<{ id: string }>> => host.call("POST", PATH, body);
const find = async (id: string): Promise<Integration[]> =>
  (await host.call<Integration[]>("GET", `${PATH}?id=${id}`)).json;

test("UNI-01 register, read, extend, update, delete", async () => {
  const created = await register(integration());
  expect(created.status).toBe(201);
  const { id } = created.json;
  const [first] = await find(id);
  expect(first!.subscriptions).toEqual([
    { id: expect.any(String), event: "sh.keptn.event.test.triggered", filter: ANY },
  ]);
  expect(first!.subscriptions[0]!.id).not.toBe("");
  expect(first!.metadata.lastseen).toBe("2024-01-01T12:00:00.000Z");

  const filter = { projects: ["p"], stages: ["s"], services: ["v"] };
  const subscription = { event: "sh.keptn.event.deployment.triggered", filter };
  const added = await host.call<{ id: string }>("POST", `${PATH}/${id}/subscription`, subscription);
  expect(added.status).toBe(201);
  const sid = added.json.id;
  expect((await find(id))[0]!.subscriptions).toHaveLength(2);

  const changed = { event: "sh.keptn.event.release.triggered", filter: ANY };
  const put = await host.call("PUT", `${PATH}/${id}/subscription/${sid}`, changed);
  expect([put.status, put.json]).toEqual([201, { id: sid }]);
  expect((await find(id))[0]!.subscriptions[1]).toEqual({ id: sid, ...changed });
  const one = await host.call("GET", `${PATH}/${id}/subscription/${sid}`);
  expect(one.json).toEqual({ id: sid, ...changed });

  const removed = await host.call("DELETE", `${PATH}/${id}/subscription/${sid}`);
  expect([removed.status, removed.json]).toEqual([200, {}]);
  expect((await host.call("GET", `${PATH}/${id}/subscription`)).json).toHaveLength(1);

  const again = await register(integration({ subscriptions: [] }, { distributorversion: "0.8.4" }));
  expect([again.status, again.json]).toEqual([200, { id }]);
  expect(await find(id)).toMatchObject([
    { metadata: { distributorversion: "0.8.4" }, subscriptions: [{}] },
  ]);

  const gone = await host.call("DELETE", `${PATH}/${id}`);
  expect([gone.status, gone.json]).toEqual([200, {}]);
  expect(await find(id)).toEqual([]);
});

describe("UNI-02 the id is derived, missing parts are refused", () => {
  test("sha1 of name, namespace and host name", async () => {
    const { status, json } = await register(integration());
    expect(status).toBe(201);
    expect(json.id).toBe(createHash("sha1").update("n-ns-h").digest("hex"));
  });

  test.each([
    ["no host name", integration({}, { hostname: "" })],
    ["no name", integration({ name: "" })],
    ["no namespace", integration({}, { kubernetesmetadata: {} })],
    ["nothing", { name: "n", metadata: {} }],
  ])("%s", async (_case, body) => {
    const answer = await register(body);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      code: 400,
      message: "incomplete integration ID. At least 'name','namespace' and 'nodename' must be set",
    });
  });

  test("a body that is none", async () => {
    expect((await host.call("POST", PATH, "{")).status).toBe(400);
    expect((await host.call("POST", PATH, [])).status).toBe(400);
  });

  test("a store that fails is a 500 in Keptn's shape", async () => {
    await host.store.close();
    const answer = await register(integration());
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(answer.json).toMatchObject({ code: answer.status, message: expect.any(String) });
  });
});

test("UNI-03 registering again changes versions and last sight only", async () => {
  const { id } = (await register(integration())).json;
  const [before] = await find(id);
  const edited = { event: "sh.keptn.event.edited.triggered", filter: ANY };
  const sid = before!.subscriptions[0]!.id;
  await host.call("PUT", `${PATH}/${id}/subscription/${sid}`, edited);
  await host.advance(1_000);
  const same = await register(integration());
  expect([same.status, same.json]).toEqual([200, { id }]);
  expect(await find(id)).toMatchObject([
    { metadata: { lastseen: "2024-01-01T12:00:01.000Z" }, subscriptions: [edited] },
  ]);
  await register(integration({}, { integrationversion: "v2", hostname: "other", location: "x" }));
  expect(await find(id)).toMatchObject([
    { metadata: { integrationversion: "v2", hostname: "h", location: "control-plane" } },
  ]);
});

describe("UNI-04 a new instance takes over what is known", () => {
  test.each([
    ["both have some", ["old"], ["new"], ["old"]],
    ["the new one has none", ["old"], [], ["old"]],
    ["the old one has none", [], ["new"], ["new"]],
  ])("%s", async (_case, old, fresh, kept) => {
    const events = (names: string[]) => names.map((event) => ({ id: "", event, filter: ANY }));
    const { id } = (await register(integration({ subscriptions: events(old) }))).json;
    const second = await register(
      integration({ subscriptions: events(fresh) }, { hostname: "other" }),
    );
    expect([second.status, second.json]).toEqual([200, { id }]);
    const [found] = await find(id);
    expect(found!.subscriptions.map(({ event }) => event)).toEqual(kept);
    // Keptn stored adopted ones without ids, so that nobody could change them (quirk).
    expect(found!.subscriptions.every((one) => one.id !== "")).toBe(true);
  });
});

describe("UNI-05 keep-alive and expiry", () => {
  test("a ping answers the whole integration and keeps it", async () => {
    const { id } = (await register(integration())).json;
    for (let minute = 0; minute < 3; minute += 1) {
      await host.advance(TTL - 1);
      const ping = await host.call("PUT", `${PATH}/${id}/ping`);
      expect(ping.status).toBe(200);
      expect(ping.json).toEqual((await find(id))[0]);
    }
    await host.advance(TTL + 1);
    expect(await find(id)).toEqual([]);
    const late = await host.call("PUT", `${PATH}/${id}/ping`);
    expect(late.status).toBe(404);
    expect(late.json).toMatchObject({ code: 404, message: "uniform integration not found" });
    expect((await register(integration())).status).toBe(201);
  });

  test("an unknown id", async () => {
    expect((await host.call("PUT", `${PATH}/unknown/ping`)).status).toBe(404);
    expect((await host.call("GET", `${PATH}/unknown/subscription`)).status).toBe(404);
    expect((await host.call("POST", `${PATH}/unknown/subscription`, {})).status).toBe(404);
  });
});

describe("filters of the list", () => {
  test.each([
    ["?name=n", 1],
    ["?name=n&namespace=ns&hostname=h", 1],
    ["?hostname=x", 0],
    ["?project=p", 1],
    ["?project=q", 0],
    ["?stage=s&service=v", 1],
    ["?unknown=x", 1],
    ["", 1],
  ])("%s", async (query, count) => {
    const filter = { projects: ["p"], stages: ["s"], services: ["v"] };
    await register(integration({ subscriptions: [{ event: "x", filter }] }));
    expect((await host.call("GET", PATH + query)).json).toHaveLength(count);
  });

  test("null filters and null subscriptions count as any and none (trap 21)", async () => {
    const none = { projects: null, stages: null, services: null };
    const { id } = (
      await register(integration({ subscriptions: [{ id: "", event: "x", filter: none }] }))
    ).json;
    expect((await find(id))[0]!.subscriptions[0]!.filter).toEqual(ANY);
    expect((await register(integration({ name: "m", subscriptions: null }))).status).toBe(201);
  });
});
