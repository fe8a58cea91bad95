/** Retention: what is over and old goes, what is open or young stays. @module */
import { expect, test } from "vitest";
import { purge } from "../../src/host/retention.ts";
import { EPOCH, openHost, SHIPYARD } from "../http/host.ts";

const DAY = 24 * 3_600_000;
const DELIVERY = {
  type: "sh.keptn.event.staging.delivery.triggered",
  source: "test",
  data: { project: "shop", stage: "staging", service: "carts" },
};

test("a delivery goes when it is over and older than the retention", async () => {
  const host = await openHost();
  const count = async (table: string): Promise<number> => {
    const [rows] = await host.store.read([{ sql: `SELECT count(*) AS n FROM ${table}`, args: [] }]);
    return Number(rows![0]!.n);
  };
  const clean = () =>
    purge({
      store: host.store,
      clock: host.clock,
      retention: DAY,
      logTtl: DAY,
      integrationTtl: DAY,
      purgeTasks: async () => undefined,
    });
  await host.project("shop", SHIPYARD, "carts", "orders");
  const old = await host.post(DELIVERY);
  await host.controller.control({
    command: "abort",
    project: "shop",
    context: old,
    principal: "test",
  });
  // Its task is being worked on, however old it gets.
  const orders = { ...DELIVERY, data: { ...DELIVERY.data, service: "orders" } };
  const open = await host.post(orders);
  const [task] = await host.open("deployment.triggered");
  const { id, data } = task!;
  await host.post({
    type: "sh.keptn.event.deployment.started",
    source: "test",
    shkeptncontext: open,
    triggeredid: id,
    data,
  });
  await clean();
  expect(await count("context")).toBe(2);

  await host.advance(2 * DAY);
  const young = await host.post(DELIVERY);
  await clean();
  const [rows] = await host.store.read([
    { sql: `SELECT DISTINCT context FROM event WHERE project = 'shop'`, args: [] },
  ]);
  const left = rows!.map(({ context }) => context);
  expect(left).toContain(open);
  expect(left).toContain(young);
  expect(left).not.toContain(old);
  expect(await count("context")).toBe(2);
  expect(host.clock.now()).toBe(EPOCH + 2 * DAY);
  await host.close();
});
