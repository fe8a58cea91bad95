/** kill -9 at random points while deliveries run: nothing accepted is lost, nothing is done twice. @module */
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Running, serve, start, started } from "../runtime/serve.ts";

const KILLS = 50;
const DELIVERIES = 200;
const SERVICES = 20;
const STAGES = ["dev", "production"];
/** Calls that the plugin makes in each task. */
const CALLS = 2;
const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.2
kind: Shipyard
metadata: { name: shop }
spec:
  stages:
    - name: dev
      sequences: [{ name: delivery, tasks: [{ name: call }, { name: call }] }]
    - name: production
      sequences:
        - name: delivery
          triggeredOn: [{ event: dev.delivery.finished }]
          tasks: [{ name: call }]
`;
const TASKS = 3;

const plugin = (origin: string): string => `import { definePlugin } from "periplus/plugin";

export default definePlugin({
  name: "caller",
  version: "1.0.0",
  api: 1,
  allow: { http: ["${origin}"] },
  tasks: {
    async call(ctx) {
      for (let turn = 0; turn < ${CALLS}; turn++) {
        const answer = await fetch("${origin}/" + turn, { method: "POST", json: { turn } });
        if (answer.status !== 201) throw new Error("the receiver said " + answer.status);
      }
      return ctx.pass();
    },
  },
});
`;

interface Request {
  readonly key: string | null;
  readonly path: string;
  readonly at: number;
}

let folder: string;
let receiver: Running;
let host: Running;
let port = "0";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "periplus-crash-"));
  receiver = start([process.execPath, join(import.meta.dirname, "receiver.js")], {});
  await once(receiver.child.stdout!, "data");
  const origin = `http://127.0.0.1:${receiver.stdout().trim()}`;
  mkdirSync(join(folder, "plugins/caller"), { recursive: true });
  writeFileSync(join(folder, "plugins/caller/plugin.ts"), plugin(origin));
});
afterEach(async () => {
  for (const one of [receiver, host]) {
    one?.child.kill("SIGKILL");
    await one?.ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

function startHost(): Running {
  host = serve({
    PERIPLUS_DATA_DIR: join(folder, "data"),
    PERIPLUS_PLUGINS_DIR: join(folder, "plugins"),
    PERIPLUS_DEV: "true",
    PORT: port,
  });
  return host;
}

async function call<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
  const token = readFileSync(join(folder, "data/token"), "utf8").trim();
  const answer = await fetch(`http://127.0.0.1:${port}/api${path}`, {
    method,
    headers: {
      "x-token": token,
      "content-type": "application/json",
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Posts a trigger until it is accepted, as a client does that gets no answer; resolves with its context. */
async function trigger(number: number): Promise<string> {
  const event = {
    type: "sh.keptn.event.dev.delivery.triggered",
    source: "crash-test",
    specversion: "1.0",
    data: { project: "shop", stage: "dev", service: `service-${number % SERVICES}` },
  };
  for (;;) {
    try {
      const answer = await call<{ keptnContext: string }>("POST", "/v1/event", event, `n${number}`);
      return answer.keptnContext;
    } catch (error) {
      // A refused or broken connection: the host is down and comes back.
      if (!(error instanceof TypeError)) throw error;
      await sleep(20);
    }
  }
}

async function eventsOf(context: string): Promise<string[]> {
  const path = `/mongodb-datastore/event?keptnContext=${context}&pageSize=100`;
  const { events } = await call<{ events: { type: string; data: { stage: string } }[] }>(
    "GET",
    path,
  );
  return events.map(({ type, data }) => `${data.stage} ${type.replace("sh.keptn.event.", "")}`);
}

/** What one delivery leaves in the log, in any order. */
const EXPECTED = STAGES.flatMap((stage) => {
  const tasks = stage === "dev" ? 2 : 1;
  const each = ["triggered", "started", "finished"].map((kind) => `${stage} call.${kind}`);
  return [
    `${stage} ${stage}.delivery.triggered`,
    `${stage} ${stage}.delivery.finished`,
    ...Array.from({ length: tasks }, () => each).flat(),
  ];
}).toSorted();

test(`${KILLS} kills while ${DELIVERIES} deliveries run`, { timeout: 600_000 }, async () => {
  const api = await started(startHost());
  port = new URL(api).port;
  await call("POST", "/controlPlane/v1/project", { name: "shop", shipyard: btoa(SHIPYARD) });
  for (let number = 0; number < SERVICES; number++) {
    const service = { serviceName: `service-${number}` };
    await call("POST", "/controlPlane/v1/project/shop/service", service);
  }

  const contexts: Promise<string>[] = [];
  const kills: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    for (let more = 0; more < DELIVERIES / KILLS; more++) contexts.push(trigger(contexts.length));
    await sleep(Math.random() * 250);
    host.child.kill("SIGKILL");
    kills.push(Date.now());
    await host.ended;
    const next = startHost();
    // Some starts are killed while they are under way.
    if (kill % 5 !== 0) await started(next);
  }
  await started(host);
  const accepted = await Promise.all(contexts);
  expect(new Set(accepted).size).toBe(DELIVERIES);

  for (const context of accepted) {
    await vi.waitFor(async () => expect((await eventsOf(context)).toSorted()).toEqual(EXPECTED), {
      timeout: 120_000,
      interval: 100,
    });
  }
  const { states } = await call<{ states: { state: string }[] }>(
    "GET",
    `/controlPlane/v1/sequence/shop?pageSize=${DELIVERIES * 2}`,
  );
  expect(states.map(({ state }) => state)).toEqual(Array(DELIVERIES).fill("finished"));
  checkCalls(requestsOf(receiver), kills);
});

function requestsOf({ stdout }: Running): Request[] {
  const [, ...lines] = stdout().trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Request);
}

/** Every call reached the receiver; again only with the same key, and only over a kill. */
function checkCalls(requests: readonly Request[], kills: readonly number[]): void {
  const byKey = new Map<string | null, Request[]>();
  for (const one of requests) byKey.set(one.key, [...(byKey.get(one.key) ?? []), one]);
  expect(byKey.has(null)).toBe(false);
  expect(byKey.size).toBe(DELIVERIES * TASKS * CALLS);
  for (const [key, sent] of byKey) {
    for (const [index, again] of sent.slice(1).entries()) {
      const before = sent[index]!;
      const killed = kills.some((at) => at >= before.at - 1 && at <= again.at + 1);
      expect(killed, `${key} was sent again without a kill between`).toBe(true);
    }
  }
}
