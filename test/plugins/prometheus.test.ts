import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePlugin } from "../../src/plugins/adapters/bundler.ts";
import type { LoadedPlugin, SandboxHost } from "../../src/plugins/sandbox/types.ts";
import { simulate, type HttpReply, type Scenario } from "../../src/plugins/testkit/simulate.ts";
import type { Json, JsonObject } from "../../src/spec/json.ts";
import { inlineSandbox } from "./sandbox/host.ts";

const FOLDER = new URL("../../plugins/prometheus", import.meta.url).pathname;
const WINDOW = { start: "2024-05-01T09:00:00.000Z", end: "2024-05-01T09:05:00.500Z" };

let host: SandboxHost;
let prometheus: LoadedPlugin;
beforeAll(async () => {
  host = await inlineSandbox();
  prometheus = await host.load(await bundlePlugin(FOLDER));
});
afterAll(() => host.close());

function vector(...values: string[]): HttpReply {
  const result = values.map((value) => ({ metric: {}, value: [1, value] }));
  return { json: { status: "success", data: { resultType: "vector", result } } };
}

function request(about: JsonObject = {}): JsonObject {
  return {
    labels: { build: "7" },
    deployment: "canary",
    "get-sli": { ...WINDOW, sliProvider: "prometheus", indicators: ["rt", "errors"], ...about },
  };
}

const SCENARIO: Scenario = {
  data: request(),
  config: { server: "http://prometheus.example/prom/" },
  projectFiles: { "prometheus/sli.yaml": "indicators: {rt: project, errors: e}\n" },
  stageFiles: { "prometheus/sli.yaml": "indicators: {rt: stage}\nunits: {rt: ms}\n" },
  files: {
    "prometheus/sli.yaml":
      'indicators:\n  rt: rt{s="$SERVICE-$PROJECT-$STAGE-$DEPLOYMENT",b="$LABEL.build"}[$DURATION_SECONDS]\n',
  },
  http: { "GET **": vector("1.5") },
};
const run = (more: Scenario = {}) => simulate(prometheus, { ...SCENARIO, ...more });
const valuesOf = (data: JsonObject) =>
  (data["get-sli"] as { indicatorValues: { [key: string]: Json }[] }).indicatorValues;

describe("monitoring.configure", () => {
  const configure = (type: string, config: Scenario["config"] = {}) =>
    simulate(prometheus, { on: "monitoring.configure", data: { type }, config });

  it("is confirmed, with the address or how to set it", async () => {
    const type = "configure-monitoring.finished";
    const { sent } = await configure("prometheus", { server: "http://p:9090" });
    const message = "prometheus measures for project sockshop; it asks http://p:9090";
    expect(sent).toEqual([{ type, data: { status: "succeeded", result: "pass", message } }]);
    const unset = await configure("prometheus");
    expect(unset.sent).toMatchObject([
      { data: { result: "warning", message: expect.stringContaining("has no address yet") } },
    ]);
  });
  it("is none of its business for other providers", async () => {
    expect((await configure("dynatrace")).sent).toEqual([]);
  });
});

describe("get-sli", () => {
  it("asks one instant query for each indicator, at the end of the window", async () => {
    const { result, data, requests } = await run();
    const query = 'rt{s="carts-sockshop-dev-canary",b="7"}[301s]';
    const address = "http://prometheus.example/prom/api/v1/query";
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${address}?query=${encodeURIComponent(query)}&time=1714554300.5`,
      `GET ${address}?query=e&time=1714554300.5`,
    ]);
    expect(result).toBe("pass");
    expect(data["get-sli"]).toEqual({
      ...WINDOW,
      indicatorValues: [
        {
          ...{ metric: "rt", value: 1.5, success: true },
          ...{ provider: "prometheus", window: WINDOW, unit: "ms", query },
        },
        {
          ...{ metric: "errors", value: 1.5, success: true },
          ...{ provider: "prometheus", window: WINDOW, query: "e" },
        },
      ],
    });
  });

  it("leaves other providers' requests alone", async () => {
    const { ended } = await run({ data: request({ sliProvider: "dynatrace" }) });
    expect(ended.kind).toBe("ignored");
  });

  it("delivers what it can when one query fails", async () => {
    const refused = { status: 400, json: { status: "error", error: "parse error" } };
    const { result, data } = await run({
      http: { "GET **query=e&**": refused, "GET **": vector("2") },
    });
    expect(result).toBe("warning");
    expect(valuesOf(data)).toMatchObject([
      { metric: "rt", value: 2, success: true },
      {
        ...{ metric: "errors", value: 0, success: false },
        message: "Prometheus refused the query: parse error",
      },
    ]);
  });

  it("fails when nothing could be retrieved", async () => {
    const { result, status, message, data } = await run({ http: { "GET **": vector() } });
    expect({ result, status, message }).toEqual({
      result: "fail",
      status: "succeeded",
      message: "unable to retrieve metrics",
    });
    expect(valuesOf(data).map((value) => value.message)).toEqual([
      "the query found no value in the time frame",
      "the query found no value in the time frame",
    ]);
  });

  it("passes with nothing when nothing was asked for", async () => {
    const { result, data } = await run({ data: request({ indicators: [] }), config: {} });
    expect(result).toBe("pass");
    expect(valuesOf(data)).toEqual([]);
  });

  it("knows Keptn's five indicators without a file", async () => {
    const indicators = ["throughput", "error_rate", "response_time_p95", "other"];
    const customFilters = [
      { key: "handler", value: "Items" },
      { key: "code", value: "=~2.." },
    ];
    const { data } = await run({
      data: request({ indicators, customFilters }),
      ...{ files: {}, stageFiles: {}, projectFiles: {} },
    });
    const selector = "job='carts-sockshop-dev-canary',handler='Items',code=~2..";
    expect(valuesOf(data).map(({ query, message }) => query ?? message)).toEqual([
      `sum(rate(http_requests_total{${selector}}[301s]))`,
      `sum(rate(http_requests_total{${selector},status!~'2..'}[301s]))/sum(rate(http_requests_total{${selector}}[301s]))`,
      `histogram_quantile(0.95,sum(rate(http_response_time_milliseconds_bucket{${selector}}[301s]))by(le))`,
      "unsupported SLI: prometheus/sli.yaml has no query named other",
    ]);
  });

  it("names a placeholder that nothing stands for", async () => {
    const files = { "prometheus/sli.yaml": "indicators: {rt: 'x{b=\"$LABEL.nope\"}'}\n" };
    const { data } = await run({ files });
    expect(valuesOf(data)[0]?.message).toBe("nothing stands for $LABEL.nope in the query");
  });

  it("asks for its address", async () => {
    expect(await run({ config: {} })).toMatchObject({
      status: "errored",
      message: "no address: write `server: http://HOST:PORT` into prometheus/config.yaml",
    });
  });

  it("tells where an SLI file is wrong", async () => {
    const { status, message } = await run({
      stageFiles: { "prometheus/sli.yaml": "indicators: 5" },
    });
    expect({ status, message }).toEqual({
      status: "errored",
      message:
        'prometheus/sli.yaml:1:13 indicators: expected a mapping from indicator to query, not "5" (stage level)',
    });
  });
});
