/** The shipped approval plugin in the real sandbox. @module */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SandboxHost } from "../../../src/plugins/sandbox/types.ts";
import { inlineSandbox } from "../sandbox/host.ts";
import { Bench } from "./bench.ts";
import { scenario } from "./scenario.ts";

let sandbox: SandboxHost;
beforeAll(async () => {
  sandbox = await inlineSandbox();
});
afterAll(() => sandbox.close());

const APR = scenario("APR-01");
const rows = APR.when.map((given, index) => ({
  given: given as [string, string, string],
  expected: APR.then[index]!,
  name: `APR-01 ${(given as string[]).join(" / ")}`,
}));

test.each(rows)("$name", async ({ given: [result, pass, warning], expected }) => {
  const bench = await Bench.folders({ sandbox, folders: ["plugins/approval"] });
  const approval = {
    ...(pass === "absent" ? {} : { pass }),
    ...(warning === "absent" ? {} : { warning }),
  };
  await bench.trigger("approval.triggered", { result, approval, labels: { team: "a" } });
  await bench.quiet();
  const started = bench.last("approval.started");
  expect(started).toMatchObject({
    source: "approval-service",
    data: { status: "succeeded", labels: { team: "a" } },
  });
  expect(started.data).not.toHaveProperty("result");
  const finished = bench.log.filter(({ event }) => event.type.endsWith("approval.finished"));
  if (expected.finished === "none") {
    expect(finished).toEqual([]);
    expect(started.data).toMatchObject({
      message: `Approval strategy for result '${result}': manual`,
    });
    return;
  }
  expect(finished).toHaveLength(1);
  const { data } = finished[0]!.event;
  expect(data).toMatchObject({
    result: expected.finished,
    status: expected.status ?? "succeeded",
    labels: { team: "a" },
  });
  expect(data).not.toHaveProperty("message");
});

test("an unknown strategy waits and says so", async () => {
  const bench = await Bench.folders({ sandbox, folders: ["plugins/approval"] });
  await bench.trigger("approval.triggered", { result: "pass", approval: { pass: "x" } });
  await bench.quiet();
  expect(bench.sent()).toEqual(["approval.started"]);
  expect(bench.last("started").data).toMatchObject({
    message: "Approval strategy for result 'pass': x",
  });
});

test("without a result the evaluation's counts", async () => {
  const bench = await Bench.folders({ sandbox, folders: ["plugins/approval"] });
  await bench.trigger("approval.triggered", {
    evaluation: { result: "warning" },
    approval: { pass: "manual", warning: "automatic" },
  });
  await bench.quiet();
  expect(bench.sent()).toEqual(["approval.started", "approval.finished pass"]);
});
