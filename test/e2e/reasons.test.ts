/** Each kind of waiting, skipping, refusing and ending: the same rule and sentence in API, CLI, timeline and page. @module */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Client } from "../../src/cli/client.ts";
import { follow } from "../../src/cli/timeline/follow.ts";
import { createPainter } from "../../src/cli/timeline/paint.ts";
import type { Reason } from "../../src/spec/reason.ts";
import { HAVE_BROWSER, openBrowser, WITHOUT_BROWSER } from "../bridge/browser.ts";
import { type Hosted, hosted } from "../cli/run.ts";

const PROJECT = "p";
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
interface Scene {
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

interface Case {
  readonly name: string;
  readonly rule: string;
  readonly sentence: RegExp;
  /** Makes it happen for a service of its own; resolves with the context. */
  make(scene: Scene, service: string): Promise<string>;
}

const place = (service: string): object => ({ project: PROJECT, stage: "dev", service });
const delivery = (scene: Scene, service: string): Promise<string> =>
  scene.send("dev.delivery.triggered", service);
const control = (scene: Scene, context: string, state: string, stage?: string): Promise<unknown> =>
  scene.call("POST", `/controlPlane/v1/sequence/${PROJECT}/${context}/control`, {
    state,
    ...(stage ? { stage } : {}),
  });

/** A delivery whose context also got an event that is refused. */
function refusing(type: string, data: object) {
  return async (scene: Scene, service: string): Promise<string> => {
    const shkeptncontext = await delivery(scene, service);
    await scene.call("POST", "/v1/event", {
      ...{ type, source: "somebody", specversion: "1.0", shkeptncontext },
      data: { ...place(service), ...data },
    });
    return shkeptncontext;
  };
}

const CASES: readonly Case[] = [
  {
    name: "a task that nobody hears",
    rule: "nobody-subscribed",
    sentence: /^nobody is subscribed to sh\.keptn\.event\.work\.triggered in stage dev/,
    make: delivery,
  },
  {
    name: "a sequence in the queue",
    rule: "slot-held",
    sentence: /^waits for its turn: context \S+ holds service \S+ in stage dev$/,
    async make(scene, service) {
      await delivery(scene, service);
      return delivery(scene, service);
    },
  },
  {
    name: "a task held back",
    rule: "task-held",
    sentence: /^task more is held back: context \S+ holds service \S+ in stage dev$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await scene.answer("work", "started", context, service);
      await control(scene, context, "pause");
      await scene.answer("work", "finished", context, service);
      const holder = await delivery(scene, service);
      await scene.answer("work", "started", holder, service);
      await control(scene, context, "resume");
      return context;
    },
  },
  {
    name: "a paused context",
    rule: "paused",
    sentence: /^pause was commanded by \S+$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await control(scene, context, "pause");
      return context;
    },
  },
  {
    name: "a paused stage",
    rule: "paused",
    sentence: /^pause was commanded by \S+$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await control(scene, context, "pause", "dev");
      return context;
    },
  },
  {
    name: "a delayed task",
    rule: "task-delayed",
    sentence: /^task work is sent at \S+Z, as its triggeredAfter says$/,
    make: (scene, service) => scene.send("dev.delayed.triggered", service),
  },
  {
    name: "an approval",
    rule: "waiting-for-approval",
    sentence: /^waits for somebody to approve or decline \S+ in dev$/,
    make: (scene, service) => scene.send("dev.gated.triggered", service),
  },
  {
    name: "a task that somebody hears",
    rule: "waiting-for-started",
    sentence: /: integration worker should answer$/,
    async make(scene, service) {
      const filter = { projects: [PROJECT], stages: [], services: [service] };
      await scene.call("POST", "/controlPlane/v1/uniform/registration", {
        name: "worker",
        metadata: { hostname: "h", kubernetesmetadata: { namespace: "n" } },
        subscriptions: [{ event: "sh.keptn.event.work.triggered", filter }],
      });
      return delivery(scene, service);
    },
  },
  {
    name: "a task under way",
    rule: "waiting-for-finished",
    sentence: /^task work is being worked on by worker: 0 of 1 finished$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await scene.answer("work", "started", context, service);
      return context;
    },
  },
  ...(
    [
      ["a sequence that does not follow", "not-matched", /^staging\.delivery was not triggered: /],
      ["a skipped task", "task-skipped", /^task more was skipped: work ended with result fail/],
    ] as const
  ).map(([name, rule, sentence]) => ({
    name,
    rule,
    sentence,
    async make(scene: Scene, service: string) {
      const context = await delivery(scene, service);
      await scene.answer("work", "started", context, service);
      await scene.answer("work", "finished", context, service, { result: "fail" });
      return context;
    },
  })),
  {
    name: "an evaluation that measured nothing",
    rule: "nothing-evaluated",
    sentence: /^nothing was measured/,
    make: (scene, service) =>
      scene.send("dev.judged.triggered", service, { data: { evaluation: { timeframe: "5m" } } }),
  },
  {
    name: "a plugin that waits for its grant",
    rule: "waiting-for-grant",
    sentence:
      /^plugin caller waits for a grant .*; permit it with: periplus plugin allow caller --http https:\/\/foreign\.example$/,
    make: (scene, service) => scene.send("dev.guarded.triggered", service),
  },
  {
    name: "a call outside a plugin's grant",
    rule: "denied",
    sentence:
      /^granted may not reach https:\/\/foreign\.example; permit it with: periplus plugin allow granted /,
    make: (scene, service) => scene.send("dev.partly.triggered", service),
  },
  {
    name: "a sequence that cannot start",
    rule: "failed-start",
    sentence: /^Unable to start sequence none: /,
    make: (scene, service) => scene.send("dev.none.triggered", service),
  },
  {
    name: "an aborted sequence",
    rule: "aborted",
    sentence: /^abort was commanded by \S+$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await control(scene, context, "abort");
      return context;
    },
  },
  {
    name: "an event of no known type",
    rule: "type",
    sentence: /^nonsense is no Keptn event type: /,
    make: refusing("nonsense", {}),
  },
  {
    name: "an event that cannot be decoded",
    rule: "cannot decode",
    sentence: /^cannot decode the event: data\.labels has a wrong type/,
    make: refusing("sh.keptn.event.work.finished", { labels: { build: 1 } }),
  },
  {
    name: "an event without a place",
    rule: "scope",
    sentence: /^data lacks service: /,
    make: refusing("sh.keptn.event.work.finished", { service: "" }),
  },
  {
    name: "an event of two stages",
    rule: "stage",
    sentence: /^the event type names stage dev, its data stage staging: /,
    make: refusing("sh.keptn.event.dev.delivery.triggered", { stage: "staging" }),
  },
  {
    name: "an answer that nobody asked for",
    rule: "not found",
    sentence: /^the answer has no triggeredid: /,
    make: refusing("sh.keptn.event.work.finished", {}),
  },
];
const LATE: readonly Case[] = [
  {
    name: "a task that nobody answered in time",
    rule: "timed-out",
    sentence: /^nobody answered sh\.keptn\.event\.work\.triggered within 1(\.0)? ?s$/,
    make: delivery,
  },
];

async function openScene(services: number, env: Record<string, string>): Promise<Scene> {
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
async function addPlugins({ folder, run }: Hosted): Promise<void> {
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

/** What the API says, once it says it. */
function explained({ call }: Scene, context: string, rule: string): Promise<Reason> {
  const ask = async (): Promise<Reason> => {
    const whole = await call<{ reasons: { reason: Reason }[] }>(
      "GET",
      `/periplus/v1/sequence/${PROJECT}/${context}`,
    );
    const found = whole.reasons.find(({ reason }) => reason.rule === rule);
    if (!found) throw new Error(`${rule} is not among ${JSON.stringify(whole)}`);
    return found.reason;
  };
  return vi.waitFor(ask, { timeout: 15_000, interval: 100 });
}

/** Follows the context as `trigger --wait` does until its timeline shows a text. */
async function timelineOf(scene: Scene, context: string, awaited: string): Promise<string> {
  const seen = new AbortController();
  let text = "";
  const screen = {
    isTerminal: false,
    columns: 80,
    write(more: string) {
      text += more;
      if (text.includes(awaited)) seen.abort();
    },
  };
  const followed = follow({
    client: new Client({ endpoint: scene.host.api, token: scene.token }, seen.signal),
    project: PROJECT,
    keptnContext: context,
    painter: createPainter(screen, (_colour, plain) => plain),
    interrupted: seen.signal,
    timeout: 8_000,
  });
  await followed.catch((error: unknown) => {
    if (!seen.signal.aborted) throw error;
  });
  return text;
}

function suite(title: string, cases: readonly Case[], env: Record<string, string>): void {
  describe(title, { timeout: 40_000 }, () => {
    let scene: Scene;
    const contexts = new Map<Case, string>();

    beforeAll(async () => {
      scene = await openScene(cases.length, env);
      await addPlugins(scene.host);
      for (const [number, one] of cases.entries()) {
        contexts.set(one, await one.make(scene, `service-${number}`));
      }
    }, 60_000);
    afterAll(() => scene?.host.end());

    test.each(cases)("$name: $rule, in API, CLI and timeline", async (one) => {
      const context = contexts.get(one)!;
      const { rule, message } = await explained(scene, context, one.rule);
      expect(message).toMatch(one.sentence);
      const shown = `${message} (${rule})`;
      expect(await timelineOf(scene, context, `(${rule})`)).toSatisfy(said(message, rule));
      const plain = await scene.host.run(`get sequence ${context} --project ${PROJECT}`);
      expect(plain.out, shown).toSatisfy(said(message, rule));
      const json = await scene.host.run(`get sequence ${context} --project ${PROJECT} -o json`);
      const { reasons } = JSON.parse(json.out) as { reasons: { reason: Reason }[] };
      expect(reasons.map(({ reason }) => reason)).toContainEqual(
        expect.objectContaining({ rule, message }),
      );
    });

    describe.skipIf(!HAVE_BROWSER)(`in Chromium${WITHOUT_BROWSER}`, () => {
      let browser: Browser;
      let page: Page;
      beforeAll(async () => {
        browser = await openBrowser();
        page = await browser.newPage();
        const { path } = await scene.call<{ path: string }>("POST", "/periplus/v1/login");
        await page.goto(scene.host.api.replace(/\/api$/, path));
        await page.getByRole("heading", { name: "Projects" }).waitFor();
      }, 60_000);
      afterAll(() => browser?.close());

      test.each(cases)("$name: $rule", async (one) => {
        const context = contexts.get(one)!;
        const { rule, message } = await explained(scene, context, one.rule);
        await page.goto(scene.host.api.replace(/\/api$/, `/trace/${context}`));
        await page
          .locator(".notice.why", { hasText: `${message} ${rule}` })
          .first()
          .waitFor();
      });
    });
  });
}

/** The sentence as it is, and its rule behind it: an answer that says the sentence itself may go on between. */
function said(message: string, rule: string): (text: string) => boolean {
  const line = (text: string): boolean => text.includes(message) && text.includes(`(${rule})`);
  return (text) => text.split("\n").some(line);
}

suite("a stuck thing explains itself", CASES, {});
suite("a late thing explains itself", LATE, { TASK_STARTED_WAIT_DURATION: "1s" });

test("a repeated request is answered as before and leaves nothing behind", async () => {
  const scene = await openScene(1, {});
  try {
    const event = { type: "sh.keptn.event.work.finished", source: "s", id: "1", triggeredid: "t" };
    const post = (): Promise<unknown> =>
      scene.call("POST", "/v1/event", { ...event, specversion: "1.0", data: place("service-0") });
    const { keptnContext } = (await post()) as { keptnContext: string };
    expect(await post()).toMatchObject({ keptnContext });
    const path = `/mongodb-datastore/event?keptnContext=${keptnContext}&pageSize=10`;
    expect((await scene.call<{ events: unknown[] }>("GET", path)).events).toHaveLength(1);
  } finally {
    await scene.host.end();
  }
});
