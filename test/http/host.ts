/** A whole host in memory behind its HTTP application, in virtual time. @module */
import { randomIds } from "../../src/host/adapters/ids/random.ts";
import { createGitResources } from "../../src/host/adapters/resources/git.ts";
import { memoryFiles } from "../../src/host/adapters/resources/memory_files.ts";
import { sealedSecrets } from "../../src/host/adapters/secrets/sealed.ts";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import { createController } from "../../src/host/engine/controller.ts";
import type { Controller } from "../../src/host/engine/controller_types.ts";
import { createApp, type HttpApp } from "../../src/host/http/app.ts";
import type { HttpDeps, HttpSettings, PluginsApi } from "../../src/host/http/deps.ts";
import { createProjects } from "../../src/host/projects/projects.ts";
import type { Store } from "../../src/host/ports/store.ts";
import { HOST_TABLES } from "../../src/host/tables/migrations.ts";
import type { KeptnEvent } from "../../src/spec/event.ts";
import { VirtualClock } from "../conformance/clock.ts";

export const TOKEN = "the-token-of-this-test";
export const EPOCH = Date.UTC(2024, 0, 1, 12);
export const BASE = "/api/controlPlane/v1";
export const JSON_TYPE = { "content-type": "application/json" };

/** Two stages; production follows staging. */
export const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.2
kind: Shipyard
metadata: { name: shop }
spec:
  stages:
    - name: staging
      sequences:
        - name: delivery
          tasks: [{ name: deployment }, { name: test }]
    - name: production
      sequences:
        - name: delivery
          triggeredOn: [{ event: staging.delivery.finished }]
          tasks: [{ name: approval }, { name: release }]
`;

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: T;
}
export interface TestHost {
  readonly app: HttpApp;
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly controller: Controller;
  /** What the host logged as an error. */
  readonly logged: string[];
  /** A request with the token; a body that is no text goes as JSON. */
  call<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  project(name: string, shipyard: string, ...services: string[]): Promise<void>;
  /** Posts an event; returns its context. */
  post(event: object): Promise<string>;
  /** Open events of a type, newest first. */
  open(type: string, query?: string): Promise<KeptnEvent[]>;
  /** What a draining host does: long polls and streams are answered. */
  drain(): void;
  advance(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

const SETTINGS: HttpSettings = {
  version: "1.2.3",
  namespace: "keptn",
  prefixPath: "",
  secretToken: TOKEN,
  eventValidation: false,
  maxEventSizeKb: 64,
  maxBodyBytes: 5 * 1024 * 1024,
  integrationTtlMs: 60_000,
  logTtlMs: 120 * 3_600_000,
  badTokens: null,
};

export const NO_PLUGINS: PluginsApi = {
  list: async () => [],
  read: async (name) => ({ name }),
  allow: async (name) => ({ name }),
  revoke: async () => undefined,
  tasks: async () => [],
  callback: async () => false,
  answerers: () => [],
};

/** A controller that takes nothing and emits nothing, to be varied. */
export const idleController: Controller = {
  accept: async () => Promise.reject(new Error("no disk")),
  control: async () => Promise.reject(new Error("no disk")),
  settled: async () => undefined,
  subscribe: () => () => undefined,
  newest: 0,
  stop: async () => undefined,
};

export async function openHost(
  settings: Partial<HttpSettings> = {},
  more: Partial<HttpDeps> = {},
): Promise<TestHost> {
  const store = await openLibsqlStore({ url: ":memory:", migrations: [HOST_TABLES] });
  const clock = new VirtualClock(EPOCH);
  const ids = randomIds();
  const logged: string[] = [];
  const log = (level: string, message: string): void => {
    if (level === "error") logged.push(message);
  };
  const rules = { taskStartedWait: 600_000 };
  const controller = await createController({ store, clock, ids, log, rules });
  const resources = createGitResources({ store, files: memoryFiles(), clock, log });
  const secrets = await sealedSecrets(store, clock, new Uint8Array(32));
  const stopping = new AbortController();
  const app = createApp({
    store,
    clock,
    ids,
    log,
    controller,
    resources,
    projects: createProjects({ store, resources, controller, clock, ids, secrets }),
    secrets,
    plugins: NO_PLUGINS,
    settings: { ...SETTINGS, ...settings },
    ready: () => null,
    stopping: stopping.signal,
    page: new Map([["index.html", { type: "text/html", body: "<head></head>page" }]]),
    ...more,
  });
  const host: TestHost = {
    app,
    store,
    clock,
    controller,
    logged,
    async call<T>(method: string, path: string, body?: unknown, headers = {}) {
      const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
      const request = new Request(`http://host${path}`, {
        method,
        headers: { "x-token": TOKEN, ...JSON_TYPE, ...headers },
        ...(text === undefined ? {} : { body: text }),
      });
      const answer = await answerOf<T>(await app.fetch(request));
      checkDescription(app, method, path, answer);
      return answer;
    },
    async project(name, shipyard, ...services) {
      const body = { name, shipyard: btoa(shipyard) };
      await expectStatus(host.call("POST", `${BASE}/project`, body), 201);
      for (const serviceName of services) {
        await expectStatus(
          host.call("POST", `${BASE}/project/${name}/service`, { serviceName }),
          200,
        );
      }
    },
    async post(event) {
      const { json } = await host.call<{ keptnContext: string }>("POST", "/api/v1/event", event);
      return json.keptnContext;
    },
    async open(type, query = "") {
      const path = `${BASE}/event/triggered/sh.keptn.event.${type}${query}`;
      return (await host.call<{ events: KeptnEvent[] }>("GET", path)).json.events;
    },
    drain: () => stopping.abort(),
    advance: (milliseconds) => clock.advanceTo(clock.now() + milliseconds, settle),
    async close() {
      await controller.stop();
      await store.close();
    },
  };
  return host;
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export async function answerOf<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const json = (isJson && text !== "" ? JSON.parse(text) : undefined) as T;
  return { status: response.status, headers: response.headers, text, json };
}

/** What is answered must be what OpenAPI says: both come from one schema. */
function checkDescription(
  app: HttpApp,
  method: string,
  path: string,
  answer: Answer<unknown>,
): void {
  if (answer.status >= 300 || answer.json === undefined) return;
  const parts = path.split("?")[0]!.split("/");
  const route = app.routes.find((candidate) => {
    const wanted = candidate.path.split("/");
    const fits = wanted.every((part, index) => part.startsWith(":") || part === parts[index]);
    return candidate.method === method.toLowerCase() && wanted.length === parts.length && fits;
  });
  if (!route?.answer) return;
  const checked = route.answer.safeParse(answer.json);
  if (!checked.success)
    throw new Error(`${method} ${path} breaks its schema: ${checked.error.message}`);
}

/** A trigger of the delivery of {@link SHIPYARD}. */
export function delivery(project: string, service: string, more: object = {}): object {
  return {
    type: "sh.keptn.event.staging.delivery.triggered",
    source: "test",
    data: {
      project,
      stage: "staging",
      service,
      configurationChange: { values: { image: "repo/img:1" } },
    },
    ...more,
  };
}

/** An executor's answer to a triggered event. */
export function answering(triggered: KeptnEvent, kind: string, data: object = {}): object {
  const { project, stage, service } = triggered.data as Record<string, string>;
  return {
    type: triggered.type.replace(/triggered$/, kind),
    source: "executor",
    shkeptncontext: triggered.shkeptncontext,
    triggeredid: triggered.id,
    data: { project, stage, service, ...data },
  };
}

export const PASSED = { status: "succeeded", result: "pass" };

async function expectStatus(answer: Promise<Answer<unknown>>, status: number): Promise<void> {
  const { status: given, text } = await answer;
  if (given !== status) throw new Error(`expected ${status}, got ${given}: ${text}`);
}
