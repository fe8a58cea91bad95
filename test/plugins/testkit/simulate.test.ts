import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundlePlugin } from "../../../src/plugins/adapters/bundler.ts";
import type { LoadedPlugin, SandboxHost } from "../../../src/plugins/sandbox/types.ts";
import { definePlugin } from "../../../src/plugins/sdk/mod.ts";
import { simulate, type Scenario } from "../../../src/plugins/testkit/simulate.ts";
import { inlineSandbox } from "../sandbox/host.ts";
import argo from "../sandbox/plugins/argo/plugin.ts";

const ARGO = new URL("../sandbox/plugins/argo", import.meta.url).pathname;

const health = (status: string) => ({
  json: { status: { health: { status }, summary: { externalURLs: ["https://carts.example"] } } },
});
const SCENARIO: Scenario = {
  data: { configurationChange: { values: { image: "carts:2" } } },
  config: { server: "https://argo.example", app: "carts" },
  secrets: { argo: { token: "very secret" } },
  http: {
    "POST **/sync": 200,
    "GET **/applications/*": [health("Progressing"), health("Progressing"), health("Healthy")],
    "DELETE **/operation": 200,
    "POST **/notify": 200,
  },
};

let host: SandboxHost;
let sandboxed: LoadedPlugin;
beforeAll(async () => {
  host = await inlineSandbox();
  sandboxed = await host.load(await bundlePlugin(ARGO));
});
afterAll(() => host.close());

describe.each([
  ["as a definition", () => argo],
  ["in the sandbox", () => sandboxed],
])("the example of the design, %s", (_how, plugin) => {
  test("syncs, polls until healthy, passes", async () => {
    const run = await simulate(plugin(), SCENARIO);
    expect(run).toMatchObject({
      result: "pass",
      data: { deployment: { deploymentURIsPublic: ["https://carts.example"] } },
      progress: ["health Progressing", "health Progressing", "health Healthy"],
    });
    expect(run.calls.map(({ name }) => name)).toEqual([
      ...["http", "poll", "http", "progress", "poll", "http", "progress"],
      ...["poll", "http", "progress"],
    ]);
    expect(run.requests[0]).toMatchObject({
      method: "POST",
      url: "https://argo.example/api/v1/applications/carts/sync",
      json: { image: "carts:2" },
    });
    expect(Object.fromEntries(run.requests[0]!.headers)).toEqual({
      authorization: "Bearer secret(argo/token)",
      "content-type": "application/json",
    });
    expect(run.took).toBe(2 * 5_000 + 4 * 20);
  });

  test("gives up when its time is over", async () => {
    const http = { ...SCENARIO.http, "GET **/applications/*": health("Degraded") };
    const run = await simulate(plugin(), { ...SCENARIO, http });
    expect(run).toMatchObject({ result: "fail", status: "errored" });
    expect(run.message).toContain("nothing came within 30m");
    expect(run.took).toBeGreaterThanOrEqual(30 * 60_000);
  });

  test.each([
    ["fails without an image", { ...SCENARIO, data: {} }, "fail"],
    [
      "leaves a task of users open",
      { ...SCENARIO, props: { deploymentstrategy: "user_managed" } },
      undefined,
    ],
  ])("%s", async (_what, scenario, result) => {
    expect((await simulate(plugin(), scenario)).result).toBe(result);
  });

  test("a refusal of the server is an error", async () => {
    const http = { ...SCENARIO.http, "POST **/sync": 403 };
    const run = await simulate(plugin(), { ...SCENARIO, http });
    expect(run).toMatchObject({
      result: "fail",
      status: "errored",
      message: "argo refused the sync: 403",
    });
  });

  test("cancels, and listens to evaluations", async () => {
    const cancelled = await simulate(plugin(), { ...SCENARIO, cancel: true });
    expect(cancelled.requests.map(({ method }) => method)).toEqual(["DELETE"]);
    const told = await simulate(plugin(), {
      ...SCENARIO,
      on: "evaluation.finished",
      data: { evaluation: { score: 93.5 } },
    });
    expect(told.requests[0]).toMatchObject({ json: { score: 93.5 } });
  });
});

test("config of the wrong type is refused before anything runs", async () => {
  await expect(simulate(argo, { ...SCENARIO, config: { server: 1 } })).rejects.toThrow(
    /config\.server/,
  );
});

test("files are read at the nearest level, parsed by the platform, and written", async () => {
  const plugin = definePlugin({
    name: "files",
    version: "1.0.0",
    api: 1,
    tasks: {
      async release(ctx) {
        const [near, project] = [
          await ctx.resources.read("a.txt"),
          await ctx.resources.read("a.txt", { level: "project" }),
        ];
        const values = await ctx.resources.parse("values.yaml");
        const sli = await ctx.resources.sli("prometheus");
        await ctx.resources.write("values.yaml", "image: b\n");
        return ctx.pass({ near, project, values, sli, missing: await ctx.resources.slo() });
      },
    },
  });
  const run = await simulate(plugin, {
    files: { "values.yaml": "image: a\n" },
    stageFiles: { "a.txt": "stage" },
    projectFiles: {
      "a.txt": "project",
      "prometheus/sli.yaml": 'spec_version: "1.0"\nindicators:\n  rt: avg(rt)\n',
    },
  });
  expect(run.data).toEqual({
    near: "stage",
    project: "project",
    values: { image: "a" },
    sli: { rt: "avg(rt)" },
  });
  expect(run.written).toEqual({ "values.yaml": "image: b\n" });
});

test("requests, callbacks, keys and the log", async () => {
  const plugin = definePlugin({
    name: "asks",
    version: "1.0.0",
    api: 1,
    tasks: {
      async evaluation(ctx) {
        const { answers, timedOut } = await ctx.request("get-sli", { indicators: ["rt"] });
        await ctx.kv.set("last", answers.length);
        await ctx.send("evaluation.noted", { at: Date.now() });
        const [before] = await ctx.events.query({ type: "evaluation.finished", stage: "dev" });
        ctx.log.info("before", before?.id);
        await ctx.sleep("72h");
        return ctx.warn("so so", {
          timedOut,
          values: answers[0]?.data,
          last: await ctx.kv.get("last"),
        });
      },
    },
  });
  const run = await simulate(plugin, {
    answers: { "get-sli": [{ data: { rt: 5 } }] },
    events: [
      { id: "old", type: "sh.keptn.event.evaluation.finished", data: { stage: "dev" } },
      { id: "new", type: "sh.keptn.event.evaluation.finished", data: { stage: "dev" } },
      { id: "other", type: "sh.keptn.event.evaluation.finished", data: { stage: "production" } },
    ],
  });
  expect(run).toMatchObject({
    result: "warning",
    message: "so so",
    data: { timedOut: false, values: { rt: 5 }, last: 1 },
    log: ["info before new"],
    kv: { last: 1 },
    sent: [{ type: "evaluation.noted", data: { at: Date.parse("2024-05-01T10:00:00.000Z") } }],
    took: 3 * 24 * 3_600_000,
  });
});
