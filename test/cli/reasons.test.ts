import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readExplained } from "../../src/cli/timeline/explained.ts";
import { withExplanation } from "../../src/cli/timeline/fold.ts";
import { linesOf } from "../../src/cli/timeline/lines.ts";
import { emptyTimeline } from "../../src/cli/timeline/model.ts";
import { Client } from "../../src/cli/client.ts";
import { HAVE_BROWSER, openBrowser, WITHOUT_BROWSER } from "../bridge/browser.ts";
import type { Browser, Page } from "playwright-core";
import { type Hosted, hosted } from "./run.ts";

/** Tasks one and two are answered by nobody but this test. */
const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.3
kind: Shipyard
metadata: { name: reasons }
spec:
  stages:
    - name: dev
      sequences:
        - name: work
          tasks: [{ name: one }, { name: two }]
        - name: late
          tasks: [{ name: one, triggeredAfter: 10m }]
        - name: gate
          tasks: [{ name: approval }, { name: two }]
        - name: empty
          tasks: []
    - name: prod
      sequences:
        - name: work
          triggeredOn:
            - event: dev.work.finished
          tasks: [{ name: one }]
`;
let host: Hosted;
let client: Client;
let browser: Browser | undefined;
let page: Page | undefined;

beforeAll(async () => {
  host = await hosted();
  const token = readFileSync(join(host.folder, ".periplus/token"), "utf8").trim();
  client = new Client({ endpoint: host.api, token }, new AbortController().signal);
  mkdirSync(join(host.folder, "reasons"));
  writeFileSync(join(host.folder, "reasons/shipyard.yaml"), SHIPYARD);
  const applied = await host.run("apply reasons");
  if (applied.code !== 0) throw new Error(applied.err);
  if (HAVE_BROWSER) await openPage();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await host?.end();
});

const origin = (): string => host.api.replace(/\/api$/, "");

async function openPage(): Promise<void> {
  browser = await openBrowser();
  page = await browser.newPage();
  const { path } = await client.post(
    "/periplus/v1/login",
    undefined,
    z.object({ path: z.string() }),
  );
  await page.goto(origin() + path);
  await page.getByRole("heading", { name: "Projects" }).waitFor();
}

/** What the page says about a context: each sentence with its rule behind it. */
async function saidOnPage(context: string, sentence: string): Promise<string[]> {
  if (!page) return [sentence];
  await page.goto(`${origin()}/trace/${context}`);
  const notice = page.locator(".notice p");
  await notice.filter({ hasText: sentence }).first().waitFor();
  return notice.allTextContents();
}

/** A service of its own for each case, so that slots do not mix. */
async function service(name: string): Promise<string> {
  await host.run(`create service ${name} --project=reasons`);
  return name;
}
async function trigger(service: string, sequence: string, stage = "dev"): Promise<string> {
  const line = `trigger sequence ${sequence} --project=reasons --stage=${stage} --service=${service} -q`;
  return (await host.run(line)).out.trim();
}
async function send(event: Record<string, unknown>): Promise<string> {
  const file = join(host.folder, "event.json");
  writeFileSync(file, JSON.stringify({ source: "test", ...event }));
  const ran = await host.run(`send event --file ${file} -q`);
  // An event that is refused has a context nevertheless: the cases look at what is said of it.
  if (ran.code !== 0 && !ran.err.includes("periplus: refused: ")) throw new Error(ran.err);
  return ran.out.trim();
}
/** Answers the newest open task of that name. */
async function answer(
  context: string,
  task: string,
  kind: string,
  data: object = {},
): Promise<void> {
  const { events } = await readExplained(client, "reasons", context);
  const asked = events.findLast(({ event }) => event.type === `sh.keptn.event.${task}.triggered`);
  if (!asked) throw new Error(`no ${task} in ${context}`);
  const { project, stage, service } = asked.event.data as Record<string, string>;
  await send({
    type: `sh.keptn.event.${task}.${kind}`,
    shkeptncontext: context,
    triggeredid: asked.event.id,
    data: { project, stage, service, ...data },
  });
}
async function run(context: string, task: string, data: object = {}): Promise<void> {
  await answer(context, task, "started");
  await answer(context, task, "finished", { result: "pass", status: "succeeded", ...data });
}
function control(command: string, context: string) {
  return host.run(`${command} sequence --project=reasons --keptn-context=${context}`);
}

interface Case {
  readonly rule: string;
  readonly sentence: RegExp;
  /** Makes it; resolves with the context that shows it. */
  make(): Promise<string>;
}

const CASES: readonly Case[] = [
  {
    rule: "slot-held",
    sentence: /waits for its turn: context \S+ holds service queued in stage dev/,
    async make() {
      const name = await service("queued");
      await trigger(name, "work");
      return trigger(name, "work");
    },
  },
  {
    rule: "task-held",
    sentence: /two/,
    async make() {
      const name = await service("held");
      const first = await trigger(name, "work");
      await control("pause", first);
      await trigger(name, "work");
      await control("resume", first);
      await run(first, "one");
      return first;
    },
  },
  {
    rule: "task-delayed",
    sentence: /one/,
    make: async () => trigger(await service("delayed"), "late"),
  },
  {
    rule: "waiting-for-approval",
    sentence: /approve or decline asked in dev/,
    make: async () => trigger(await service("asked"), "gate"),
  },
  {
    rule: "waiting-for-started",
    sentence: /first answer to sh.keptn.event.one.triggered/,
    make: async () => trigger(await service("fresh"), "work"),
  },
  {
    rule: "nobody-subscribed",
    sentence: /nobody is subscribed to sh.keptn.event.one.triggered in stage dev for service alone/,
    make: async () => trigger(await service("alone"), "work"),
  },
  {
    rule: "waiting-for-finished",
    sentence: /task one is being worked on by test/,
    async make() {
      const context = await trigger(await service("busy"), "work");
      await answer(context, "one", "started");
      return context;
    },
  },
  {
    rule: "paused",
    sentence: /admin/,
    async make() {
      const context = await trigger(await service("stopped"), "work");
      await control("pause", context);
      return context;
    },
  },
  {
    rule: "task-skipped",
    sentence: /task two was skipped: one ended with result fail/,
    async make() {
      const context = await trigger(await service("skipped"), "work");
      await run(context, "one", { result: "fail" });
      return context;
    },
  },
  {
    rule: "not-matched",
    sentence: /prod.work was not triggered/,
    async make() {
      const context = await trigger(await service("unmatched"), "work");
      await run(context, "one", { result: "fail" });
      return context;
    },
  },
  {
    rule: "not found",
    sentence: /no open task of this context was triggered by/,
    async make() {
      const context = await trigger(await service("late"), "work");
      const data = { project: "reasons", stage: "dev", service: "late" };
      const type = "sh.keptn.event.one.started";
      await send({ type, shkeptncontext: context, triggeredid: "nothing", data });
      return context;
    },
  },
  {
    rule: "stage",
    sentence: /names stage prod, its data stage dev/,
    async make() {
      const name = await service("mixed");
      const context = await trigger(name, "work");
      const data = { project: "reasons", stage: "dev", service: name };
      await send({ type: "sh.keptn.event.prod.work.triggered", shkeptncontext: context, data });
      return context;
    },
  },
  {
    rule: "cannot decode",
    sentence: /data.message has a wrong type/,
    async make() {
      const name = await service("broken");
      const context = await trigger(name, "work");
      const data = { project: "reasons", stage: "dev", service: name, message: {} };
      await send({ type: "sh.keptn.event.one.started", shkeptncontext: context, data });
      return context;
    },
  },
];

/** Asks again until the host gives the rule; each question is answered from the present. */
async function explained(context: string, rule: string) {
  for (;;) {
    const answer = await readExplained(client, "reasons", context);
    const found = answer.reasons.find(({ reason }) => reason.rule === rule);
    if (found) return { answer, found };
  }
}

const PAGE = HAVE_BROWSER ? "" : `; not looked at: the page${WITHOUT_BROWSER}`;

describe(`what waits, was skipped or refused says the same everywhere${PAGE}`, () => {
  it.each(CASES)("$rule", { timeout: 30_000 }, async ({ rule, sentence, make }) => {
    const context = await make();
    const { answer, found } = await explained(context, rule);
    const { message } = found.reason;
    expect(message).toMatch(sentence);
    expect(await saidOnPage(context, `${message} ${rule}`)).toContain(`${message} ${rule}`);
    const timeline = withExplanation(emptyTimeline(context), answer);
    const notes = linesOf(timeline, Date.now()).map(({ note }) => note);
    expect(notes).toContain(`${message} (${rule})`);
    expect((await host.run(`get sequence ${context}`)).out).toContain(`${message} (${rule})`);
    const json = JSON.parse((await host.run(`get sequence ${context} -o json`)).out) as {
      reasons: { reason: object }[];
    };
    expect(json.reasons.map(({ reason }) => reason)).toContainEqual(found.reason);
  });

  it("send event says at once that an event is refused, and by which rule", async () => {
    const context = await trigger(await service("told"), "work");
    const file = join(host.folder, "told.json");
    const type = "sh.keptn.event.one.started";
    const data = { project: "reasons", stage: "dev", service: "told" };
    const event = { type, source: "test", shkeptncontext: context, triggeredid: "nothing", data };
    writeFileSync(file, JSON.stringify(event));
    const { code, out, err } = await host.run(`send event --file ${file} -q --wait`);
    expect([code, out]).toEqual([1, `${context}\n`]);
    expect(err).toMatch(
      /^periplus: refused: no open task of this context was triggered by .* \(not found\)\n$/,
    );
  });

  it("a second answer to an approval is refused, not done", async () => {
    const context = await trigger(await service("twice"), "gate");
    const { events } = (await explained(context, "waiting-for-approval")).answer;
    const asked = events.find(({ event }) => event.type === "sh.keptn.event.approval.triggered")!;
    const line = `send event approval.finished --project=reasons --stage=dev --id=${asked.event.id}`;
    expect(await host.run(line)).toMatchObject({ code: 0, err: "" });
    const second = await host.run(line);
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/^periplus: refused: .* \([a-z -]+\)\n$/);
  });

  it.each([
    ["no-such-project", "dev"],
    ["reasons", "no-such-stage"],
  ])("an event for project %s, stage %s, says why it failed", async (project, stage) => {
    const file = join(host.folder, "lost.json");
    const type = `sh.keptn.event.${stage}.work.triggered`;
    const data = { project, stage, service: "lost" };
    writeFileSync(file, JSON.stringify({ type, source: "test", data }));
    const sent = await host.run(`send event --file ${file} -q --wait`);
    expect(sent.code).toBe(2);
    const { reasons } = await readExplained(client, project, sent.out.trim());
    const { message, rule } = reasons[0]!.reason;
    expect(message).toContain("no-such-");
    expect(sent.err).toContain(message);
    const got = await host.run(`get sequence ${sent.out.trim()}`);
    expect(got.err).toBe("");
    expect(got.out).toContain(`${message} (${rule})`);
  });

  it("a sequence that cannot start says why", async () => {
    const context = await trigger(await service("hollow"), "empty");
    const out = (await host.run(`get sequence ${context}`)).out;
    expect(out).toMatch(/empty .*✘ .*sequence empty of stage dev has no tasks/);
  });
});
