import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Evaluation } from "../../src/spec/evaluation.ts";
import type { KeptnEvent } from "../../src/spec/event.ts";
import { type Running, serve, started } from "../runtime/serve.ts";

const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.2
kind: Shipyard
metadata: {name: gate}
spec:
  stages:
    - name: hardening
`;
const SLO = `comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - sli: response_time
    pass: [{criteria: ["<=+10%", "<600"]}]
total_score: {pass: 90%}
`;
const SERVICE = "project/gate/stage/hardening/service/carts";

let folder: string;
let host: Running;
let api: string;
let token: string;
let prometheus: Server;
let address: string;
let measured = "420.5";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "periplus-gate-"));
  prometheus = createServer((_, response) => {
    const result = [{ metric: {}, value: [1, measured] }];
    response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
  });
  await new Promise<void>((resolve) => prometheus.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(prometheus.address() as AddressInfo).port}`;
  host = serve({
    PORT: "0",
    PERIPLUS_DATA_DIR: join(folder, "data"),
    PERIPLUS_PLUGINS_DIR: join(folder, "plugins"),
  });
  api = await started(host);
  token = (await readFile(join(folder, "data/token"), "utf8")).trim();
  await call("POST", "controlPlane/v1/project", { name: "gate", shipyard: base64(SHIPYARD) });
  await call("POST", "controlPlane/v1/project/gate/service", { serviceName: "carts" });
}, 60_000);

afterAll(async () => {
  host.child.kill("SIGTERM");
  await host.ended;
  prometheus.closeAllConnections();
  await new Promise((resolve) => prometheus.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${api}/${path}`, {
    method,
    headers: { "x-token": token, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : undefined) as T;
}

function addFile(level: string, resourceURI: string, content: string): Promise<unknown> {
  const resources = [{ resourceURI, resourceContent: base64(content) }];
  return call("POST", `resource-service/v1/${level}/resource`, { resources });
}

async function eventOf(context: string, type: string): Promise<KeptnEvent> {
  const path = `mongodb-datastore/event?keptnContext=${context}&type=sh.keptn.event.${type}`;
  return vi.waitFor(
    async () => {
      const { events } = await call<{ events: KeptnEvent[] }>("GET", path);
      expect(events).toHaveLength(1);
      return events[0]!;
    },
    { timeout: 15_000, interval: 25 },
  );
}

interface Ended {
  readonly task: KeptnEvent;
  readonly sequence: KeptnEvent;
  readonly evaluation: Evaluation;
}

/** Triggers an evaluation through the API and awaits its two finished events. */
async function evaluated(): Promise<Ended> {
  const path = `controlPlane/v1/${SERVICE}/evaluation`;
  const { keptnContext } = await call<{ keptnContext: string }>("POST", path, { timeframe: "5m" });
  const sequence = await eventOf(keptnContext, "hardening.evaluation.finished");
  const task = await eventOf(keptnContext, "evaluation.finished");
  const { evaluation } = task.data as unknown as { evaluation: Evaluation };
  return { task, sequence, evaluation };
}

describe("quality gates over HTTP", () => {
  it("QG-01: evaluation without SLO and SLI provider passes with score 0", async () => {
    const { task, sequence, evaluation } = await evaluated();
    expect(task.source).toBe("lighthouse-service");
    expect(task.data).toMatchObject({ status: "succeeded", result: "pass" });
    expect(evaluation).toMatchObject({ result: "pass", score: 0 });
    expect(evaluation.reason?.rule).toBe("nothing-evaluated");
    expect(sequence.data).toMatchObject({ status: "succeeded", result: "pass" });
  });

  it("confirms the provider", async () => {
    const { keptnContext } = await call<{ keptnContext: string }>("POST", "v1/event", {
      type: "sh.keptn.event.monitoring.configure",
      source: "test",
      specversion: "1.0",
      data: { project: "gate", service: "carts", type: "prometheus" },
    });
    const { data } = await eventOf(keptnContext, "configure-monitoring.finished");
    expect(data).toMatchObject({ project: "gate", status: "succeeded", result: "warning" });
  });

  it("QG-02: invalid SLO file", async () => {
    await addFile(SERVICE, "slo.yaml", "invalid");
    const { task, sequence, evaluation } = await evaluated();
    expect(task.data).toMatchObject({ status: "errored", result: "fail" });
    expect((task.data as { message: string }).message).toContain("slo.yaml:1:1");
    expect(evaluation).toMatchObject({ result: "fail", score: 0 });
    expect(sequence.data).toMatchObject({ status: "errored", result: "fail" });
  });

  it("names the grant that the provider needs", async () => {
    await addFile(SERVICE, "slo.yaml", SLO);
    await addFile("project/gate", "prometheus/sli.yaml", "indicators: {response_time: rt}\n");
    await addFile("project/gate", "prometheus/config.yaml", `server: http://${address}\n`);
    const { task, evaluation } = await evaluated();
    expect(task.data).toMatchObject({ status: "succeeded", result: "fail" });
    const [result] = evaluation.indicatorResults!;
    expect(result?.value?.message).toContain(
      `periplus plugin allow prometheus --http http://${address} --project gate`,
    );
  });

  it("QG-03: invalidated evaluations are left out of later comparisons", async () => {
    const grant = { http: [address], project: "gate" };
    await call("PUT", "periplus/v1/plugins/prometheus/grant", grant);
    const first = await evaluated();
    expect(first.evaluation).toMatchObject({
      score: 100,
      indicatorResults: [{ value: { value: 420.5, provider: "prometheus", query: "rt" } }],
    });
    measured = "430";
    const second = await evaluated();
    expect(second.evaluation.comparedEvents).toEqual([first.task.id]);
    await call("POST", "v1/event", {
      type: "sh.keptn.event.evaluation.invalidated",
      source: "test",
      specversion: "1.0",
      shkeptncontext: second.task.shkeptncontext,
      triggeredid: second.task.triggeredid,
      data: { project: "gate", stage: "hardening", service: "carts", evaluation: { reason: "x" } },
    });
    const third = await evaluated();
    expect(third.evaluation.comparedEvents).toEqual([first.task.id]);
    expect(third.evaluation.indicatorResults?.[0]?.value?.comparedValue).toBe(420.5);
  });

  it("fails and blocks when the criteria are violated", async () => {
    measured = "900";
    const { task, sequence, evaluation } = await evaluated();
    expect(task.data).toMatchObject({
      status: "succeeded",
      result: "fail",
      message: "Evaluation failed since the calculated score of 0 is below the target value of 90",
    });
    expect(evaluation.indicatorResults?.[0]?.passTargets).toEqual([
      { criteria: "<=+10%", targetValue: 473, violated: true },
      { criteria: "<600", targetValue: 600, violated: true },
    ]);
    expect(sequence.data).toMatchObject({ result: "fail" });
  });
});
