/** Many tasks at once: none lost, none twice, statements bounded. @module */
import { expect, test } from "vitest";
import {
  dropTasks,
  endTask,
  guardTask,
  insertTasks,
  leaseTasks,
  NEXT_DUE,
  openTasks,
} from "../../../src/plugins/task_tables.ts";
import { Bench } from "./bench.ts";
import { manifest } from "./native.ts";

test("a thousand tasks are answered once each, inserted and ended in one statement per write", async () => {
  const bench = await Bench.open({
    v1: {
      manifest: manifest("demo", {
        tasks: { deployment: { cancels: false, onUncertain: "resend" } },
      }),
      handlers: { "task deployment": () => ({ kind: "returned", result: "pass" }) },
    },
  });
  const count = 1_000;
  for (let n = 0; n < count; n += 1) await bench.trigger("deployment.triggered");
  await bench.finished(count);
  const answers = bench.log
    .filter(({ principal }) => principal === "plugin:demo")
    .map(({ event }) => `${event.type} ${event.triggeredid}`);
  expect(new Set(answers).size).toBe(2 * count);
  expect(answers).toHaveLength(2 * count);
});

test("a group of events makes one statement for all its tasks", async () => {
  const bench = await Bench.open({
    v1: {
      manifest: manifest("demo", {
        tasks: { deployment: { cancels: false, onUncertain: "resend" } },
      }),
      handlers: {},
    },
  });
  const event = await bench.trigger("test.triggered");
  const group = Array.from({ length: 500 }, (_, n) => ({
    origin: "emitted",
    principal: "shipyard-controller",
    event: { ...event, id: `g${n}`, type: "sh.keptn.event.deployment.triggered" },
  }));
  const statements = bench.platform.rowsFor(group);
  expect(statements).toHaveLength(1);
  expect(statements[0]!.args).toHaveLength(3);
  expect(bench.platform.rowsFor([{ ...group[0]!, event }])).toEqual([]);
});

test("no statement of the event path scans a table", async () => {
  const bench = await Bench.open({});
  const task = {
    id: "a/b",
    plugin: "a",
    event: "b",
    kind: "task",
    name: "t",
    project: "p",
  } as const;
  const row = { ...task, stage: "s", context: "c", epoch: 1, created: 0 };
  const statements = [
    insertTasks([row], "o", 1),
    endTask(row, "pass", 1),
    dropTasks(["a/b"]),
    guardTask(row),
    openTasks(1, 1),
    NEXT_DUE,
    leaseTasks(["a/b"], "o", 1),
  ];
  for (const { sql, args } of statements) {
    const [plan] = await bench.store.read([{ sql: `EXPLAIN QUERY PLAN ${sql}`, args }]);
    const details = plan!.map((step) => String(step.detail));
    expect(
      details.filter((detail) => /^SCAN (?!json_each|CONSTANT ROW)/.test(detail)),
      sql,
    ).toEqual([]);
  }
});
