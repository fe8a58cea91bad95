/** The shipped remediation plugin in the real sandbox. @module */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SandboxHost } from "../../../src/plugins/sandbox/types.ts";
import type { JsonObject } from "../../../src/spec/json.ts";
import { inlineSandbox } from "../sandbox/host.ts";
import { Bench } from "./bench.ts";
import { scenario } from "./scenario.ts";

let sandbox: SandboxHost;
beforeAll(async () => {
  sandbox = await inlineSandbox();
});
afterAll(() => sandbox.close());

const REM = scenario("REM-01");

async function run(file: unknown, data: JsonObject): Promise<JsonObject> {
  const bench = await Bench.folders({ sandbox, folders: ["plugins/remediation"] });
  if (file !== undefined) {
    const text = typeof file === "string" ? file : JSON.stringify(file);
    bench.files.set("p/dev/svc/remediation.yaml", text);
  }
  await bench.trigger("get-action.triggered", data);
  await bench.finished(1);
  expect(bench.sent()[0]).toBe("get-action.started");
  const finished = bench.last("get-action.finished");
  expect(finished.source).toBe("remediation-service");
  return finished.data as JsonObject;
}

function fileOf(remediations: unknown): JsonObject {
  return {
    apiVersion: "spec.keptn.sh/0.1.4",
    kind: "Remediation",
    metadata: { name: "r" },
    spec: { remediations: remediations as JsonObject[] },
  };
}

const rows = REM.when.map((when, index) => ({
  name: `REM-01 ${JSON.stringify(when)}`,
  when: when as JsonObject,
  expected: REM.then[index]!,
}));

test.each(rows)("$name", async ({ when, expected }) => {
  // The failed evaluation of the round before travels in result and must not stick.
  const data = await run(fileOf(REM.given.remediations), { ...when, result: "fail" });
  expect(data).toMatchObject({ result: expected.result, status: expected.status ?? "succeeded" });
  if (expected.action === undefined) return;
  expect(data).toMatchObject({
    action: { action: expected.action },
    "get-action": { actionIndex: expected.actionIndex },
  });
});

test.each([
  [
    "no file",
    undefined,
    { problem: { rootCause: "slow" } },
    "errored",
    "Could not get remediation.yaml file for services svc in stage dev.",
  ],
  [
    "old version",
    "apiVersion: spec.keptn.sh/0.1.3",
    { problem: { rootCause: "slow" } },
    "errored",
    "Could not parse remediation.yaml file. Please validate it against the specification.",
  ],
  [
    "undecodable",
    fileOf([]),
    { problem: { rootCause: 7 } },
    "errored",
    "Could not decode input event data",
  ],
  [
    "unknown root cause",
    fileOf([]),
    { problem: { rootCause: "slow" } },
    "succeeded",
    "unable to find action for root cause slow",
  ],
  [
    "unknown title",
    fileOf([]),
    { problem: { problemTitle: "slow" } },
    "succeeded",
    "unable to find action for problem title slow",
  ],
  [
    "nothing given",
    fileOf([]),
    { problem: {} },
    "succeeded",
    "unable to find action for problem type default",
  ],
  [
    "index too large",
    fileOf([{ problemType: "slow", actionsOnOpen: [] }]),
    { problem: { rootCause: "slow" } },
    "succeeded",
    "there is no action with index 0 for root cause slow",
  ],
  [
    "negative index",
    fileOf([{ problemType: "slow", actionsOnOpen: [{ name: "n", action: "a" }] }]),
    { problem: { rootCause: "slow" }, "get-action": { actionIndex: -1 } },
    "succeeded",
    "there is no action with index -1 for root cause slow",
  ],
] as const)("%s", async (_name, file, data, status, message) => {
  expect(await run(file, data as unknown as JsonObject)).toMatchObject({
    result: "fail",
    status,
    message,
  });
});

test("an entry without actions falls through to the default", async () => {
  const file = fileOf([
    { problemType: "slow" },
    { problemType: "default", actionsOnOpen: [{ name: "n", action: "a", value: { x: "on" } }] },
  ]);
  const data = await run(file, { problem: { rootCause: "slow" } });
  expect(data.action).toEqual({ name: "n", action: "a", value: { x: "on" } });
});
