/** What integrations get when they poll as Keptn's connector does (Keptn: http-api.md 3.5). @module */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KeptnEvent } from "../../src/spec/event.ts";
import { answering, BASE, openHost, PASSED, type TestHost } from "./host.ts";

interface Subscription {
  readonly id: string;
  readonly event: string;
  readonly filter: Record<"projects" | "stages" | "services", readonly string[]>;
}

const shipyard = (task: string, ...stages: string[]): string =>
  `apiVersion: spec.keptn.sh/0.2.2
kind: Shipyard
metadata: { name: s }
spec:
  stages:
${stages.map((name) => `    - name: ${name}\n      sequences: [{ name: run, tasks: [{ name: ${task} }] }]`).join("\n")}
`;

let host: TestHost;
beforeEach(async () => (host = await openHost()));
afterEach(() => host.close());

/** A connector: registers, and asks for every subscription with the filters that have one value. */
async function connector(name: string, subscriptions: object[]) {
  const path = `${BASE}/uniform/registration`;
  const metadata = { hostname: "h", kubernetesmetadata: { namespace: "ns" } };
  const { id } = (await host.call<{ id: string }>("POST", path, { name, metadata, subscriptions }))
    .json;
  const delivered = new Set<string>();
  return async function poll(): Promise<{ subscription: string; event: KeptnEvent }[]> {
    const ping = await host.call<{ subscriptions: Subscription[] }>("PUT", `${path}/${id}/ping`);
    const found: { subscription: string; event: KeptnEvent }[] = [];
    for (const { id: subscription, event: type, filter } of ping.json.subscriptions) {
      const query = new URLSearchParams();
      for (const key of ["project", "stage", "service"] as const) {
        const [only, ...others] = filter[`${key}s`];
        if (only !== undefined && others.length === 0) query.set(key, only);
      }
      const list = `${BASE}/event/triggered/${type}?${query}`;
      for (const event of (await host.call<{ events: KeptnEvent[] }>("GET", list)).json.events) {
        if (delivered.has(`${subscription}/${event.id}`)) continue;
        delivered.add(`${subscription}/${event.id}`);
        found.push({ subscription, event });
      }
    }
    return found;
  };
}
const trigger = (stage: string): Promise<string> =>
  host.post({
    type: `sh.keptn.event.${stage}.run.triggered`,
    source: "test",
    data: { project: "p", stage, service: "svc" },
  });
const answer = async (events: readonly KeptnEvent[]): Promise<void> => {
  for (const kind of ["started", "finished"]) {
    for (const event of events)
      await host.post(answering(event, kind, kind === "finished" ? PASSED : {}));
  }
};
const kinds = async (context: string, type: string): Promise<number> => {
  const path = `/api/mongodb-datastore/event?project=p&keptnContext=${context}&type=sh.keptn.event.${type}`;
  return (await host.call<{ events: object[] }>("GET", path)).json.events.length;
};
const stateOf = async (context: string): Promise<string> => {
  const path = `${BASE}/sequence/p?keptnContext=${context}`;
  return (await host.call<{ states: { state: string }[] }>("GET", path)).json.states[0]!.state;
};

test("UNI-06 an integration with a stage filter answers matching stages only", async () => {
  await host.project("p", shipyard("echo", "filtered-stage", "unfiltered-stage"), "svc");
  const filter = { stages: ["filtered-stage"] };
  const poll = await connector("echo-service", [
    { event: "sh.keptn.event.echo.triggered", filter },
  ]);
  const matching = await trigger("filtered-stage");
  const other = await trigger("unfiltered-stage");
  for (let turn = 0; turn < 3; turn += 1) await answer((await poll()).map(({ event }) => event));
  expect([await kinds(matching, "echo.started"), await kinds(matching, "echo.finished")]).toEqual([
    1, 1,
  ]);
  expect(await stateOf(matching)).toBe("finished");
  expect(await kinds(other, "echo.started")).toBe(0);
  expect(await stateOf(other)).toBe("started");
  await host.advance(600_000);
  expect(await stateOf(other)).toBe("timedOut");
});

test("UNI-07 overlapping subscriptions deliver once each, and each answer counts", async () => {
  await host.project("p", shipyard("mytask", "dev", "otherstage"), "svc");
  const event = "sh.keptn.event.mytask.triggered";
  const poll = await connector("webhook-service", [
    { event, filter: { stages: ["dev"] } },
    { event, filter: { stages: ["dev", "otherstage"] } },
  ]);
  const context = await trigger("dev");
  const deliveries = await poll();
  expect(new Set(deliveries.map(({ subscription }) => subscription)).size).toBe(2);
  await answer(deliveries.map(({ event: one }) => one));
  expect([await kinds(context, "mytask.started"), await kinds(context, "mytask.finished")]).toEqual(
    [2, 2],
  );
  expect(await stateOf(context)).toBe("finished");
  expect(await poll()).toEqual([]);
});
