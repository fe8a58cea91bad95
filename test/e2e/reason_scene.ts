/** A host with one project, and what the cases of reasons do there. @module */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { type Hosted, hosted } from "../cli/run.ts";

export const PROJECT = "p";
const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.3
kind: Shipyard
metadata: { name: p }
spec:
  stages:
    - name: dev
      sequences:
        - { name: delivery, tasks: [{ name: work }, { name: more }] }
        - { name: delayed, tasks: [{ name: work, triggeredAfter: 10m }] }
        - { name: gated, tasks: [{ name: approval, properties: { pass: manual, warning: manual } }] }
        - { name: judged, tasks: [{ name: evaluation }] }
        - { name: guarded, tasks: [{ name: call }] }
        - { name: partly, tasks: [{ name: reach }] }
    - name: staging
      sequences:
        - { name: delivery, triggeredOn: [{ event: dev.delivery.finished }], tasks: [{ name: work }] }
`;
const plugin = (
  name: string,
  task: string,
): string => `import { definePlugin } from "periplus/plugin";

export default definePlugin({
  name: "${name}",
  version: "1.0.0",
  api: 1,
  allow: { http: ["https://foreign.example"] },
  tasks: {
    async ${task}(ctx) {
      await fetch("https://foreign.example/");
      return ctx.pass();
    },
  },
});
`;

/** One host with one project, and what the cases do there. */
export interface Scene {
  readonly host: Hosted;
  readonly token: string;
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Sends an event of a service; resolves with its context. */
  send(type: string, service: string, more?: object): Promise<string>;
  /** Resolves with the open triggered event of a task. */
  open(task: string, context: string): Promise<{ readonly id: string }>;
  answer(
    task: string,
    kind: string,
    context: string,
    service: string,
    data?: object,
  ): Promise<void>;
}

export const place = (service: string): object => ({ project: PROJECT, stage: "dev", service });

export async function openScene(services: number, env: Record<string, string>): Promise<Scene> {
  const host = await hosted(env);
  const token = readFileSync(join(host.folder, ".periplus/token"), "utf8").trim();
  const scene: Scene = {
    host,
    token,
    async call<T>(method: string, path: string, body?: unknown): Promise<T> {
      const headers = { "x-token": token, "content-type": "application/json" };
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(`${host.api}${path}`, { method, headers, ...init });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return JSON.parse(text || "null") as T;
    },
    async send(type, service, more = {}) {
      const { data, ...rest } = more as { data?: object };
      const event = { type: `sh.keptn.event.${type}`, source: "worker", specversion: "1.0" };
      const body = { ...event, ...rest, data: { ...place(service), ...data } };
      return (await scene.call<{ keptnContext: string }>("POST", "/v1/event", body)).keptnContext;
    },
    open: (task, context) =>
      vi.waitFor(async () => {
        const path = `/controlPlane/v1/event/triggered/sh.keptn.event.${task}.triggered?pageSize=100`;
        const { events } = await scene.call<{ events: { id: string; shkeptncontext: string }[] }>(
          "GET",
          path,
        );
        const found = events.find(({ shkeptncontext }) => shkeptncontext === context);
        if (!found) throw new Error(`no open ${task} in ${context}`);
        return found;
      }),
    async answer(task, kind, shkeptncontext, service, data) {
      const { id: triggeredid } = await scene.open(task, shkeptncontext);
      const outcome = { status: "succeeded", result: "pass", ...data };
      await scene.send(`${task}.${kind}`, service, { shkeptncontext, triggeredid, data: outcome });
    },
  };
  const shipyard = Buffer.from(SHIPYARD).toString("base64");
  await scene.call("POST", "/controlPlane/v1/project", { name: PROJECT, shipyard });
  for (let number = 0; number < services; number++) {
    const path = `/controlPlane/v1/project/${PROJECT}/service`;
    await scene.call("POST", path, { serviceName: `service-${number}` });
  }
  return scene;
}

/** One plugin that waits for a grant, and one whose grant is about something else. */
export async function addPlugins({ folder, run }: Hosted): Promise<void> {
  for (const [name, task] of [
    ["caller", "call"],
    ["granted", "reach"],
  ] as const) {
    mkdirSync(join(folder, "plugins", name), { recursive: true });
    writeFileSync(join(folder, "plugins", name, "plugin.ts"), plugin(name, task));
  }
  const listed = async (): Promise<void> => {
    const { out } = await run("plugin list");
    if (out.match(/^(caller|granted) .*waiting for grant/gm)?.length !== 2) throw new Error(out);
  };
  await vi.waitFor(listed, { timeout: 10_000, interval: 100 });
  await run("plugin allow granted --http https://other.example");
}
