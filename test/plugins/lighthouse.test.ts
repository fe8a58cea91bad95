import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePlugin } from "../../src/plugins/adapters/bundler.ts";
import type { LoadedPlugin, SandboxHost } from "../../src/plugins/sandbox/types.ts";
import { simulate, type Scenario } from "../../src/plugins/testkit/simulate.ts";
import type { Json, JsonObject } from "../../src/spec/json.ts";
import { inlineSandbox } from "./sandbox/host.ts";

const FOLDER = new URL("../../plugins/lighthouse", import.meta.url).pathname;
const SLO = `comparison:
  compare_with: several_results
  include_result_with_score: pass_or_warn
  number_of_comparison_results: 2
filter: {handler: cart}
objectives:
  - sli: response_time
    pass: [{criteria: ["<=+10%"]}]
    warning: [{criteria: ["<=+50%"]}]
  - sli: error_rate
    key_sli: true
    pass: [{criteria: ["<=1"]}]
total_score: {pass: 90%, warning: 50%}
`;
const WINDOW = { start: "2024-05-01T09:00:00.000Z", end: "2024-05-01T09:05:00.000Z" };

let host: SandboxHost;
let lighthouse: LoadedPlugin;
beforeAll(async () => {
  host = await inlineSandbox();
  lighthouse = await host.load(await bundlePlugin(FOLDER));
});
afterAll(() => host.close());

/** A provider that measured these values. */
function provider(values: Record<string, number>, about: JsonObject = {}) {
  const indicatorValues = Object.entries(values).map(([metric, value]) => ({
    metric,
    value,
    success: true,
    provider: "prometheus",
    query: `q(${metric})`,
  }));
  const data = { ...about, "get-sli": { ...WINDOW, indicatorValues } };
  return { "get-sli": [{ data: { status: "succeeded", result: "pass", ...data } }] };
}

function earlier(id: string, result: string, time: number): JsonObject {
  const value = { metric: "response_time", value: time, success: true };
  return {
    id,
    type: "sh.keptn.event.evaluation.finished",
    triggeredid: `trigger-of-${id}`,
    data: {
      ...{ project: "sockshop", stage: "dev", service: "carts", result },
      evaluation: { indicatorResults: [{ value }] },
    },
  };
}

const SCENARIO: Scenario = {
  data: { evaluation: WINDOW, labels: { build: "7" } },
  files: { "slo.yaml": SLO },
  projectFiles: { "prometheus/sli.yaml": "indicators: {response_time: a, error_rate: b}\n" },
  answers: provider({ response_time: 100, error_rate: 0 }),
};

const run = (more: Scenario = {}) => simulate(lighthouse, { ...SCENARIO, ...more });
const call = (calls: Awaited<ReturnType<typeof run>>["calls"], name: string) =>
  calls.find((one) => one.name === name);
const evaluationOf = (data: JsonObject) => data.evaluation as { [key: string]: Json };

describe("an evaluation", () => {
  it("answers as lighthouse-service", () => {
    expect(lighthouse.manifest.source).toBe("lighthouse-service");
  });

  it("asks the provider and passes", async () => {
    const { calls, result, message, data } = await run({
      data: { ...SCENARIO.data, result: "warning" },
    });
    expect(call(calls, "started")?.args).toEqual({
      data: {
        ...{ project: "sockshop", stage: "dev", service: "carts" },
        labels: { build: "7" },
        result: "warning",
      },
    });
    expect(call(calls, "request")?.args).toEqual({
      type: "get-sli",
      timeout: 600_000,
      data: {
        ...{ project: "sockshop", stage: "dev", service: "carts", deployment: "" },
        labels: { build: "7" },
        "get-sli": {
          ...WINDOW,
          sliProvider: "prometheus",
          indicators: ["response_time", "error_rate"],
          customFilters: [{ key: "handler", value: "cart" }],
        },
      },
    });
    expect({ result, message }).toEqual({ result: "pass", message: "" });
    expect(data.evaluation).toMatchObject({
      timeStart: WINDOW.start,
      timeEnd: WINDOW.end,
      result: "pass",
      score: 100,
      sloFileContent: Buffer.from(SLO).toString("base64"),
      indicatorResults: [
        { status: "pass", value: { value: 100, query: "q(response_time)" } },
        { status: "pass", value: { provider: "prometheus" } },
      ],
    });
    expect(evaluationOf(data).reason).toBeUndefined();
  });

  it("warns and fails as the score says", async () => {
    const events = [earlier("e1", "pass", 100)];
    const warning = await run({ events, answers: provider({ response_time: 140, error_rate: 0 }) });
    expect(warning).toMatchObject({
      result: "warning",
      message:
        "Evaluation returned a warning: the calculated score of 75 is close to the warning target value of 50",
    });
    const fail = await run({ events, answers: provider({ response_time: 100, error_rate: 2 }) });
    expect(fail).toMatchObject({ result: "fail", status: "succeeded" });
    expect(fail.message).toContain("key_sli objective");
  });

  it("compares with earlier evaluations that the filter lets through, newest first", async () => {
    const events = [
      earlier("e0", "pass", 1),
      earlier("e1", "pass", 100),
      earlier("e2", "fail", 1),
      earlier("e3", "warning", 200),
    ];
    const { data } = await run({ events });
    expect(evaluationOf(data).comparedEvents).toEqual(["e3", "e1"]);
    expect(evaluationOf(data).indicatorResults).toMatchObject([
      { value: { comparedValue: 150 } },
      {},
    ]);
  });

  it("QG-01: without SLO and SLI provider passes with score 0", async () => {
    const { result, status, message, data, calls } = await run({ files: {}, projectFiles: {} });
    expect({ result, status, message }).toEqual({
      result: "pass",
      status: "succeeded",
      message:
        "no evaluation performed by lighthouse because no SLI-provider configured for project sockshop",
    });
    expect(data.evaluation).toMatchObject({
      result: "pass",
      score: 0,
      indicatorResults: null,
      reason: { rule: "nothing-evaluated" },
    });
    expect(call(calls, "request")).toBeUndefined();
  });

  it("QG-01: without SLO asks the provider for nothing in particular and passes", async () => {
    const { result, message, data, calls } = await run({ files: {} });
    expect(call(calls, "request")?.args.data).toMatchObject({
      "get-sli": { ...WINDOW, sliProvider: "prometheus" },
    });
    expect({ result, message }).toEqual({
      result: "pass",
      message:
        "no evaluation performed by lighthouse because no SLO file configured for project sockshop",
    });
    expect(data.evaluation).toMatchObject({ score: 0, reason: { rule: "nothing-evaluated" } });
  });

  it("QG-02: an invalid SLO file ends in error, with line and column", async () => {
    const { result, status, message, data } = await run({ files: { "slo.yaml": "invalid" } });
    expect({ result, status, message }).toEqual({
      result: "fail",
      status: "errored",
      message:
        'error retrieving SLO file: Could not parse SLO file for service carts in stage dev in project sockshop: slo.yaml:1:1 expected a mapping with objectives and total_score, not "invalid" (service level)',
    });
    expect(data.evaluation).toMatchObject({ result: "fail", score: 0 });
  });

  it("QG-03: invalidated evaluations are left out of later comparisons", async () => {
    const events = [
      earlier("e1", "pass", 100),
      earlier("e2", "pass", 300),
      {
        id: "i1",
        type: "sh.keptn.event.evaluation.invalidated",
        triggeredid: "trigger-of-e1",
        data: { project: "sockshop", stage: "dev", service: "carts" },
      },
    ];
    const { data } = await run({ events });
    expect(evaluationOf(data).comparedEvents).toEqual(["e2"]);
  });
});

describe("what goes wrong", () => {
  const errored = { result: "fail", status: "errored" };

  it.each<[string, Scenario, string, JsonObject]>([
    [
      "no time frame",
      { data: {} },
      "evaluation.triggered event does not contain evaluation timeframe",
      { timeStart: "", timeEnd: "", result: "fail" },
    ],
    [
      "a contradictory time frame",
      { data: { evaluation: { ...WINDOW, timeframe: "5m" } } },
      "'end' and 'timeframe' are mutually exclusive",
      { result: "fail" },
    ],
    [
      "an aborted provider",
      { answers: provider({}, { status: "aborted" }) },
      "evaluation performed by lighthouse was aborted",
      { result: "pass", sloFileContent: "" },
    ],
    [
      "an errored provider",
      { answers: provider({}, { status: "errored", message: "boom" }) },
      "evaluation performed by lighthouse received an unexpected error: boom",
      { result: "pass" },
    ],
    [
      "no total score",
      { files: { "slo.yaml": SLO.replace(/total_score.*/, "") } },
      "no target score defined",
      { result: "fail" },
    ],
    [
      "a history that is too long",
      { files: { "slo.yaml": SLO.replace("results: 2", "results: 101") } },
      "could not retrieve previous evaluation.finished events",
      { result: "fail" },
    ],
    [
      "values of a wrong type",
      { answers: { "get-sli": [{ data: { "get-sli": { indicatorValues: [{ value: "1" }] } } }] } },
      "Could not parse event payload: indicatorValues[0].value must be a number",
      { result: "fail" },
    ],
    [
      "a provider that is silent",
      { answers: {} },
      "SLI provider prometheus sent no get-sli.finished within 10m",
      { result: "fail" },
    ],
  ])("%s ends in error", async (_, scenario, message, evaluation) => {
    const ended = await run(scenario);
    expect(ended).toMatchObject({ ...errored, message });
    expect(ended.data.evaluation).toMatchObject({
      score: 0,
      indicatorResults: null,
      ...evaluation,
    });
  });

  it("refuses a trigger that cannot be decoded", async () => {
    expect(await run({ data: { evaluation: "5m" } })).toMatchObject({
      ...errored,
      message: "Could not parse event payload: evaluation must be an object",
    });
  });

  it("fails with a provider that failed, keeping the computed score", async () => {
    const answers = provider({ response_time: 1, error_rate: 0 }, { result: "fail", message: "x" });
    const { result, status, message, data } = await run({ answers });
    expect({ result, status, message }).toEqual({
      result: "fail",
      status: "succeeded",
      message: "lighthouse failed because SLI failed with message x",
    });
    expect(data.evaluation).toMatchObject({ result: "pass", score: 100 });
  });

  it("stops at a criterion that cannot be read", async () => {
    const slo = SLO.replace("<=1", "<1 second");
    expect(await run({ files: { "slo.yaml": slo } })).toMatchObject({
      result: "fail",
      status: "succeeded",
      message: "error with error_rate: could not parse criteria target value",
    });
  });
});

describe("the SLI provider", () => {
  const providerOf = async (more: Scenario) => {
    const { calls } = await run(more);
    const data = call(calls, "request")?.args.data as { "get-sli": { sliProvider: string } };
    return data?.["get-sli"].sliProvider;
  };
  const two = { "prometheus/sli.yaml": "indicators: {}", "dynatrace/sli.yaml": "indicators: {}" };
  const answerers = { "get-sli": ["datadog"] };

  it("is remembered from monitoring.configure", async () => {
    const { kv } = await simulate(lighthouse, {
      on: "monitoring.configure",
      data: { type: "dynatrace" },
    });
    expect(await providerOf({ kv, answerers })).toBe("dynatrace");
    const other = { ...SCENARIO.data, project: "other" };
    expect(await providerOf({ kv, data: other })).toBe("prometheus");
  });
  it("ignores a monitoring.configure without type", async () => {
    const ended = await simulate(lighthouse, { on: "monitoring.configure", data: { type: 5 } });
    expect(ended.kv).toEqual({});
    expect(ended.log).toEqual([
      "warn monitoring.configure ignored: project and type must be texts",
    ]);
  });
  it("is the configured one before any file", async () => {
    expect(await providerOf({ config: { sliProvider: "splunk" } })).toBe("splunk");
  });
  it("is the only one with a file", async () => {
    expect(await providerOf({ answerers })).toBe("prometheus");
  });
  it("is the only installed one when files do not decide", async () => {
    expect(await providerOf({ projectFiles: two, answerers })).toBe("datadog");
  });
  it("stays unknown when nothing decides", async () => {
    const many = { "get-sli": ["datadog", "prometheus"] };
    expect(await providerOf({ projectFiles: two, answerers: many })).toBeUndefined();
  });
});
