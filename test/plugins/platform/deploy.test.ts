/** The shipped deploy plugin in the real sandbox. @module */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SandboxHost } from "../../../src/plugins/sandbox/types.ts";
import { inlineSandbox } from "../sandbox/host.ts";
import { Bench } from "./bench.ts";

let sandbox: SandboxHost;
beforeAll(async () => {
  sandbox = await inlineSandbox();
});
afterAll(() => sandbox.close());

const VALUES = "p/dev/svc/helm/values.yaml";
const open = (): Promise<Bench> => Bench.folders({ sandbox, folders: ["plugins/deploy"] });
const image = (name: string) => ({ configurationChange: { values: { image: name } } });

test("gitops: the image is committed into the values, the rest of the file stays", async () => {
  const bench = await open();
  bench.files.set(VALUES, "replicaCount: 2\nimage: shop:1\nenv:\n  A: b\n");
  bench.files.set(
    "p/helm/endpoints.yaml",
    "deploymentURIsLocal: [http://shop]\ndeploymentURIsPublic: [http://shop.example]\n",
  );
  await bench.trigger("deployment.triggered", {
    ...image("shop:2"),
    deployment: { deploymentstrategy: "gitops" },
  });
  await bench.quiet();
  expect(bench.files.get(VALUES)).toBe("replicaCount: 2\nimage: shop:2\nenv:\n  A: b\n");
  expect(bench.last("deployment.finished").data).toMatchObject({
    status: "succeeded",
    result: "pass",
    message: "Successfully deployed",
    deployment: {
      deploymentstrategy: "gitops",
      deploymentNames: ["gitops"],
      deploymentURIsLocal: ["http://shop"],
      deploymentURIsPublic: ["http://shop.example"],
      gitCommit: expect.stringMatching(/^commit/) as string,
    },
  });
});

test.each([
  ["direct", "direct", "direct"],
  ["blue_green_service", "duplicate", "canary"],
])("strategy %s is reported as %s", async (strategy, reported, name) => {
  const bench = await open();
  await bench.trigger("deployment.triggered", {
    ...image("shop:1"),
    deployment: { deploymentstrategy: strategy },
  });
  await bench.quiet();
  expect(bench.last("deployment.finished").data).toMatchObject({
    deployment: { deploymentstrategy: reported, deploymentNames: [name] },
  });
});

test("user_managed is left open, an unknown strategy is refused", async () => {
  const bench = await open();
  await bench.trigger("deployment.triggered", {
    deployment: { deploymentstrategy: "user_managed" },
  });
  await bench.trigger("deployment.triggered", { deployment: { deploymentstrategy: "x" } });
  await bench.quiet();
  expect(bench.sent().toSorted()).toEqual([
    "deployment.finished errored",
    "deployment.started",
    "deployment.started",
  ]);
  expect(bench.last("finished").data).toMatchObject({
    message: "The deployment strategy x is invalid",
  });
});

test("rollback goes back to what was released, both hand on the result", async () => {
  const bench = await open();
  await bench.trigger("deployment.triggered", image("shop:1"));
  await bench.quiet();
  await bench.trigger("release.triggered", { result: "pass" });
  await bench.quiet();
  await bench.trigger("deployment.triggered", image("shop:2"));
  await bench.quiet();
  await bench.trigger("rollback.triggered", { result: "fail" });
  await bench.quiet();
  expect(bench.files.get(VALUES)).toBe("image: shop:1\n");
  expect(bench.sent().filter((line) => line.includes("finished"))).toEqual([
    "deployment.finished pass",
    "release.finished pass",
    "deployment.finished pass",
    "rollback.finished fail",
  ]);
});

test.each([
  ["2", "pass", "Successfully executed scaling action", "replicaCount: 3\n"],
  [2, "fail", "could not parse action.value to string value", undefined],
  ["two", "fail", "could not parse action.value to int", undefined],
])("scaling by %j", async (value, result, message, file) => {
  const bench = await open();
  await bench.trigger("action.triggered", { action: { action: "scaling", value } });
  await bench.quiet();
  expect(bench.last("action.finished").data).toMatchObject({
    status: "succeeded",
    result,
    message,
  });
  expect(bench.files.get(VALUES)).toBe(file);
});

test("a feature that the values know is switched; other actions are left alone", async () => {
  const bench = await open();
  bench.files.set(VALUES, 'features:\n  Promo: "on"\n');
  await bench.trigger("action.triggered", {
    action: { action: "toggle-feature", value: { Promo: "off" } },
  });
  await bench.quiet();
  expect(bench.files.get(VALUES)).toBe('features:\n  Promo: "off"\n');
  const sent = bench.sent().length;
  await bench.trigger("action.triggered", { action: { action: "escalate" } });
  await bench.trigger("action.triggered", {
    action: { action: "toggle-feature", value: { Unknown: "off" } },
  });
  await bench.quiet();
  expect(bench.sent()).toHaveLength(sent);
});
