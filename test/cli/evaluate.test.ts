import { createServer, type Server } from "node:http";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate/command.ts";

const SLO = `spec_version: "1.0"
comparison:
  compare_with: single_result
  include_result_with_score: all
objectives:
  - sli: response_time
    displayName: Response time
    pass:
      - criteria: ["<=+10%", "<600"]
    warning:
      - criteria: ["<800"]
  - sli: error_rate
    key_sli: true
    pass:
      - criteria: ["<=1"]
total_score:
  pass: 90%
  warning: 75%
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "periplus-evaluate-"));
  await writeFile(join(folder, "slo.yaml"), SLO);
});

async function run(...argv: string[]) {
  let out = "";
  let err = "";
  const code = await evaluateCommand(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: {},
    cwd: folder,
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
  });
  return { code, out, err };
}

function put(name: string, content: unknown): Promise<void> {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return writeFile(join(folder, name), text);
}

const GOOD = { response_time: 420.5, error_rate: 0 };

describe("periplus evaluate --values", () => {
  it("prints the table and exits by result", async () => {
    await put("results.json", GOOD);
    expect(await run("--slo", "slo.yaml", "--values", "results.json")).toEqual({
      code: 0,
      err: "",
      out: [
        "SLI               VALUE  CRITERIA                    SCORE  RESULT  WHY",
        "Response time     420.5  <=+10%, <600; warning <800  1/1    pass    420.5 holds <=+10% (no history), <600",
        "error_rate (key)  0      <=1                         1/1    pass    0 holds <=1",
        "score 100 of 100: pass",
        "",
      ].join("\n"),
    });
  });

  it("exits 2 on fail and says why", async () => {
    await put("results.json", { response_time: 900, error_rate: 2 });
    const { code, out } = await run("--values", "results.json");
    expect(code).toBe(2);
    expect(out).toContain("900 violates <600");
    expect(out).toContain("2 violates <=1");
    expect(out).toContain(
      "Evaluation failed due to key_sli objective '': failed evaluation with score 0.000000",
    );
  });

  it("exits 3 on a warning only with --fail-on warning", async () => {
    await put("results.json", { response_time: 700, error_rate: 0 });
    expect((await run("--values", "results.json")).code).toBe(0);
    const { code, out } = await run("--values", "results.json", "--fail-on", "warning");
    expect(code).toBe(3);
    expect(out).toContain("700 violates <600, but holds <800");
  });

  it.each<[string, unknown]>([
    ["a map of objects", { response_time: { value: 420.5 }, error_rate: { value: 0 } }],
    [
      "a list",
      [
        { metric: "response_time", value: 420.5 },
        { metric: "error_rate", value: 0 },
      ],
    ],
    [
      "indicatorValues",
      {
        indicatorValues: [
          { metric: "response_time", value: 420.5, success: true, message: "" },
          { metric: "error_rate", value: 0, success: true },
        ],
      },
    ],
    [
      "an event",
      {
        type: "sh.keptn.event.get-sli.finished",
        data: {
          "get-sli": {
            indicatorValues: [
              { metric: "response_time", value: 420.5, success: true },
              { metric: "error_rate", value: 0, success: true },
            ],
          },
        },
      },
    ],
    ["YAML", "response_time: 420.5\nerror_rate: 0\n"],
  ])("reads %s", async (_, content) => {
    await put("results.json", content);
    expect((await run("--values", "results.json")).code).toBe(0);
  });

  it("writes JSON and YAML with nothing else on stdout", async () => {
    await put("results.json", GOOD);
    const { out } = await run("--values", "results.json", "-o", "json", "--service", "carts");
    expect(JSON.parse(out)).toMatchObject({
      service: "carts",
      status: "succeeded",
      result: "pass",
      evaluation: {
        score: 100,
        indicatorResults: [{ value: { metric: "response_time", value: 420.5 } }, {}],
      },
    });
    const yaml = await run("--values", "results.json", "-o", "yaml");
    expect(yaml.out).toContain("result: pass\n");
  });

  it("writes JUnit and Markdown", async () => {
    await put("results.json", { response_time: 900, error_rate: 0 });
    const { code, out } = await run(
      ...["--values", "results.json", "--junit", "out/report.xml", "--markdown", "-"],
      ...["--project", "sockshop", "--stage", "dev", "--service", "carts"],
    );
    expect(code).toBe(2);
    expect(out).toBe(
      [
        "### Quality gate carts in sockshop/dev: fail, score 50 of 100",
        "",
        "Evaluation failed since the calculated score of 50 is below the warning value of 75",
        "",
        "| SLI | Value | Criteria | Score | Result | Why |",
        "|---|---|---|---|---|---|",
        "| Response time | 900 | \\<=+10%, \\<600; warning \\<800 | 0/1 | fail | 900 violates \\<600 |",
        "| error\\_rate (key) | 0 | \\<=1 | 1/1 | pass | 0 holds \\<=1 |",
        "",
      ].join("\n"),
    );
    const xml = await readFile(join(folder, "out/report.xml"), "utf8");
    expect(xml).toContain('<testsuite name="carts in sockshop/dev" tests="3" failures="2"');
    expect(xml).toContain('<failure message="900 violates &lt;600 (value 900,');
  });

  it("compares with --history and appends to it", async () => {
    await put("results.json", GOOD);
    const history = ["--values", "results.json", "--history", "history.jsonl"];
    expect((await run(...history)).code).toBe(0);
    await put("results.json", { response_time: 500, error_rate: 0 });
    const second = await run(...history, "-o", "json");
    const { evaluation } = JSON.parse(second.out);
    expect(evaluation.comparedEvents).toHaveLength(1);
    expect(evaluation.indicatorResults[0].passTargets[0]).toMatchObject({
      targetValue: 462.55,
      violated: true,
    });
    const lines = (await readFile(join(folder, "history.jsonl"), "utf8")).trim().split("\n");
    expect(lines).toHaveLength(2);
    const other = await run(...history, "--service", "other", "-o", "json");
    expect(JSON.parse(other.out).evaluation.comparedEvents).toBeUndefined();
  });

  it("survives a history line that a crash cut off, and refuses any other", async () => {
    await put("results.json", GOOD);
    await put("history.jsonl", '{"id": "1", "da');
    expect((await run("--values", "results.json", "--history", "history.jsonl")).code).toBe(0);
    await put("history.jsonl", "not json\n{}\n");
    const { code, err } = await run("--values", "results.json", "--history", "history.jsonl");
    expect(code).toBe(1);
    expect(err).toContain("history.jsonl:1:1 expected one JSON event per line");
  });

  it("exits 1 when nothing was measured, unless that is allowed", async () => {
    await put("slo.yaml", "objectives: [{sli: a}]\ntotal_score: {pass: 90%}\n");
    await put("results.json", {});
    const { code, err } = await run("--values", "results.json");
    expect({ code, err }).toEqual({
      code: 1,
      err: "periplus evaluate: nothing was measured, so the result says nothing about the service; --allow-empty takes the result as it is\n",
    });
    expect((await run("--values", "results.json", "--allow-empty")).code).toBe(0);
  });

  it("exits 1 on an SLO that cannot be scored", async () => {
    await put("slo.yaml", "objectives: [{sli: a, pass: [{criteria: [<5]}]}]\n");
    await put("results.json", { a: 1 });
    const { code, err } = await run("--values", "results.json");
    expect(code).toBe(1);
    expect(err).toContain("periplus evaluate: no target score defined\n");
  });
});

describe("wrong use", () => {
  it.each<[string[], string]>([
    [[], "no values: give --values FILE, or --sli FILE with --provider prometheus=URL"],
    [["--valus", "x"], "unknown flag --valus (did you mean --values?)"],
    [["--values", "none.json"], "cannot read none.json: no such file"],
    [["--values", "v", "--slo", "none.yaml"], "cannot read none.yaml: no such file"],
    [["--values", "v", "-o", "xml"], "--output must be one of table, json, yaml"],
    [["--values", "v", "--fail-on", "never"], "--fail-on must be one of warning, fail"],
    [["--provider", "prometheus"], "--provider prometheus: write prometheus=http://HOST:PORT"],
    [["--provider", "datadog=http://x"], "--provider datadog: only prometheus is known here"],
    [["--provider", "prometheus=x"], "the address must begin with http:// or https://"],
    [["--values", "v", "--provider", "prometheus=http://x"], "use one of them"],
    [["--values", "v", "--label", "x"], "--label must be name=value, not x"],
    [["--values", "v", "-o", "json", "--markdown", "-"], "both write to standard output"],
  ])("%j", async (argv, said) => {
    const { code, out, err } = await run(...argv);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(said);
  });

  it.each<[string, unknown, string]>([
    ["results.json", { error_rate: "low" }, 'results.json: error_rate must be a number, not "low"'],
    ["results.json", '{"a": 1', "results.json:1:"],
    ["results.json", [1], "entry 0 has no metric: expected a map such as"],
    ["results.json", 5, "results.json: expected a map such as"],
    ["slo.yaml", "objectives:\n  - sli: a\n    weight: x\n", "slo.yaml:3:13 objectives[0].weight"],
  ])("%s %j", async (file, content, said) => {
    await put("results.json", GOOD);
    await put(file, content);
    const { code, err } = await run("--values", "results.json");
    expect(code).toBe(1);
    expect(err).toContain(said);
  });
});

describe("periplus evaluate --provider prometheus", () => {
  let server: Server;
  let url: string;
  let asked: URL[];
  let answers: Record<string, { status: number; body: unknown }>;

  const vector = (...values: string[]) => ({
    status: 200,
    body: {
      status: "success",
      data: { resultType: "vector", result: values.map((v) => ({ metric: {}, value: [1, v] })) },
    },
  });

  beforeEach(async () => {
    asked = [];
    answers = {};
    server = createServer((request, response) => {
      const address = new URL(request.url ?? "", "http://localhost");
      asked.push(address);
      const { status, body } = answers[address.searchParams.get("query") ?? ""] ?? vector();
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await put(
      "sli.yaml",
      [
        "indicators:",
        '  response_time: p95{s="$SERVICE",b="$LABEL.build"}[$DURATION_SECONDS]',
        "  error_rate: errors",
        "units: {response_time: ms}",
      ].join("\n"),
    );
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const gate = (...more: string[]) =>
    run(
      ...["--sli", "sli.yaml", "--provider", `prometheus=${url}/`, "--timeframe", "90s"],
      ...["--service", "carts", "--label", "build=7", ...more],
    );

  it("asks at the end of the time frame, placeholders filled in", async () => {
    answers = { 'p95{s="carts",b="7"}[90s]': vector("420.5"), errors: vector("0") };
    const { code, out, err } = await gate("-o", "json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(asked.map(({ pathname }) => pathname)).toEqual(["/api/v1/query", "/api/v1/query"]);
    expect(asked[0]?.searchParams.get("time")).toBe(String(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000));
    expect(JSON.parse(out).evaluation).toMatchObject({
      timeStart: "2026-01-02T03:02:35.000Z",
      timeEnd: "2026-01-02T03:04:05.000Z",
      indicatorResults: [
        {
          value: {
            value: 420.5,
            unit: "ms",
            provider: "prometheus",
            query: 'p95{s="carts",b="7"}[90s]',
            window: { start: "2026-01-02T03:02:35.000Z", end: "2026-01-02T03:04:05.000Z" },
          },
        },
        { value: { value: 0, query: "errors" } },
      ],
    });
  });

  it("shows Prometheus's words for a bad query and judges the rest", async () => {
    answers = {
      'p95{s="carts",b="7"}[90s]': {
        status: 400,
        body: { status: "error", errorType: "bad_data", error: "parse error: unexpected end" },
      },
      errors: vector("0"),
    };
    const { code, out } = await gate();
    expect(code).toBe(2);
    expect(out).toContain("Prometheus refused the query: parse error: unexpected end");
    expect(out).toContain("0 holds <=1");
  });

  it.each<[string, { status: number; body: unknown }, string]>([
    ["no sample", vector(), "the query found no value in the time frame"],
    ["many samples", vector("1", "2"), "the query found 2 values instead of one: aggregate"],
    ["not a number", vector("NaN"), "the query yields NaN: nothing was counted"],
    ["another service", { status: 404, body: "x" }, "no Prometheus answer but status 404"],
  ])("explains %s", async (_, answer, said) => {
    answers = { 'p95{s="carts",b="7"}[90s]': vector("1"), errors: answer };
    const { code, out } = await gate();
    expect(code).toBe(2);
    expect(out).toContain(said);
  });

  it("exits 1 when nothing was measured", async () => {
    const { code, err } = await gate();
    expect(code).toBe(1);
    expect(err).toContain("nothing was measured");
    expect((await gate("--allow-empty")).code).toBe(2);
  });

  it("names a server that does not answer", async () => {
    await new Promise((resolve) => server.close(resolve));
    const { code, err } = await gate();
    expect({ code, err }).toEqual({
      code: 1,
      err: `periplus evaluate: ${url} does not answer: connection refused\n`,
    });
    server.listen(0);
  });

  it("asks for the flags that placeholders need", async () => {
    await put("sli.yaml", "indicators: {error_rate: 'e{p=\"$PROJECT\"}', response_time: x}\n");
    const { code, err } = await gate();
    expect(code).toBe(1);
    expect(err).toContain('the query e{p="$PROJECT"} needs --project NAME');
  });
});
