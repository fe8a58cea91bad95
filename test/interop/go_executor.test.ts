/** A real foreign client: an executor on keptn/go-utils in remote mode, built here from its source. @module */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Running, serve, start, started } from "../runtime/serve.ts";

const hasGo = spawnSync("go", ["version"]).status === 0;
const WITHOUT_GO = hasGo ? "" : " (skipped: needs go; apt-get install golang-go)";
const PATIENCE = { timeout: 60_000, interval: 100 };
const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.2
kind: Shipyard
metadata: { name: shop }
spec:
  stages:
    - name: dev
      sequences:
        - name: delivery
          tasks: [{ name: test }]
`;

let folder: string;
let host: Running;
let executor: Running;
let api: string;

beforeAll(async () => {
  if (!hasGo) return;
  folder = mkdtempSync(join(tmpdir(), "periplus-go-"));
  const binary = join(folder, "executor");
  const source = join(import.meta.dirname, "go_executor");
  execFileSync("go", ["build", "-o", binary, "."], { cwd: source, stdio: "inherit" });
  await startHost("0");
  await makeProject();
  executor = start([binary], {
    KEPTN_API_ENDPOINT: api,
    KEPTN_API_TOKEN: token(),
    PUBSUB_TOPIC: "sh.keptn.event.test.triggered",
    HEALTH_ENDPOINT_ENABLED: "false",
    K8S_DEPLOYMENT_NAME: "go-executor",
    K8S_NAMESPACE: "tests",
    K8S_NODE_NAME: "here",
    K8S_POD_NAME: "go-executor-1",
  });
}, 300_000);

afterAll(async () => {
  for (const one of [executor, host]) {
    one?.child.kill("SIGKILL");
    await one?.ended;
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function startHost(port: string): Promise<void> {
  host = serve({
    PERIPLUS_DATA_DIR: join(folder, "data"),
    PERIPLUS_PLUGINS_DIR: folder,
    PORT: port,
  });
  api = await started(host);
}

function token(): string {
  return readFileSync(join(folder, "data/token"), "utf8").trim();
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${api}${path}`, {
    method,
    headers: { "x-token": token(), "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

async function makeProject(): Promise<void> {
  const project = "/controlPlane/v1/project";
  await call("POST", project, { name: "shop", shipyard: btoa(SHIPYARD) });
  for (const serviceName of ["carts", "orders"]) {
    await call("POST", `${project}/shop/service`, { serviceName });
  }
  await call("POST", "/resource-service/v1/project/shop/stage/dev/service/carts/resource", {
    resources: [{ resourceURI: "load/basic.jmx", resourceContent: btoa("<jmx/>") }],
  });
}

interface Finished {
  readonly source: string;
  readonly data: {
    readonly result: string;
    readonly status: string;
    readonly [key: string]: unknown;
  };
}

/** Triggers a delivery and resolves with the executor's answer. */
async function deliver(service: string): Promise<Finished> {
  const { keptnContext } = await call<{ keptnContext: string }>("POST", "/v1/event", {
    type: "sh.keptn.event.dev.delivery.triggered",
    source: "interop",
    specversion: "1.0",
    data: { project: "shop", stage: "dev", service },
  });
  const type = "sh.keptn.event.test.finished";
  const path = `/mongodb-datastore/event?keptnContext=${keptnContext}&type=${type}`;
  return vi.waitFor(async () => {
    const { events } = await call<{ events: Finished[] }>("GET", path);
    expect(events).toHaveLength(1);
    return events[0]!;
  }, PATIENCE);
}

test.skipIf(!hasGo)(
  `an executor on go-utils registers and answers with a file of a subfolder${WITHOUT_GO}`,
  { timeout: 120_000 },
  async () => {
    const registered = await vi.waitFor(async () => {
      const found = await call<{ name: string; subscriptions: { event: string }[] }[]>(
        "GET",
        "/controlPlane/v1/uniform/registration?name=go-executor",
      );
      expect(found).toHaveLength(1);
      return found[0]!;
    }, PATIENCE);
    expect(registered.subscriptions).toMatchObject([{ event: "sh.keptn.event.test.triggered" }]);
    expect(await deliver("carts")).toMatchObject({
      source: "go-executor",
      data: { result: "pass", status: "succeeded", test: { file: "<jmx/>" } },
    });
  },
);

test.skipIf(!hasGo)(
  `it survives a host that is killed and comes back, and its errored finish is in the log API${WITHOUT_GO}`,
  { timeout: 120_000 },
  async () => {
    const { port } = new URL(api);
    host.child.kill("SIGKILL");
    await host.ended;
    await startHost(port);
    const finished = await deliver("orders");
    expect(finished).toMatchObject({
      source: "go-executor",
      data: { result: "fail", status: "errored", message: expect.stringContaining("no load file") },
    });
    const { logs } = await vi.waitFor(async () => {
      const found = await call<{ logs: { message: string; task: string }[] }>(
        "GET",
        "/controlPlane/v1/log",
      );
      expect(found.logs).toHaveLength(1);
      return found;
    }, PATIENCE);
    expect(logs).toMatchObject([
      { task: "test", message: expect.stringContaining("no load file") },
    ]);
  },
);
