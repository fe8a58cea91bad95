/** The page in a real browser, on a real host. @module */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HAVE_BROWSER, openBrowser, WITHOUT_BROWSER } from "./browser.ts";
import { startHost, type TestHost } from "./host.ts";

const PROJECT = "shop";
const SERVICE = "carts";
const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.3
kind: Shipyard
metadata: { name: shipyard-shop }
spec:
  stages:
    - name: dev
      sequences:
        - name: delivery
          tasks: [{ name: probe }, { name: evaluation }]
        - name: gate
          tasks:
            - name: approval
              properties: { pass: manual, warning: manual }
    - name: production
      sequences:
        - name: delivery
          triggeredOn: [{ event: dev.delivery.finished }]
          tasks: [{ name: probe }]
`;
const TIMEOUT = 30_000;

let host: TestHost;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: string[];
/** What the browser may complain about in the test under way. */
let expected = "";

describe.skipIf(!HAVE_BROWSER)(`the page${WITHOUT_BROWSER}`, { timeout: TIMEOUT }, () => {
  beforeAll(async () => {
    [host, browser] = await Promise.all([startHost(), openBrowser()]);
    const shipyard = Buffer.from(SHIPYARD).toString("base64");
    await host.post("/controlPlane/v1/project", { name: PROJECT, shipyard });
    const path = `/controlPlane/v1/project/${PROJECT}/service`;
    await host.post(path, { serviceName: SERVICE });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
  });
  beforeEach(async () => {
    await open({ width: 1280, colorScheme: "light" });
    await page.goto(await host.login());
    await page.getByRole("heading", { name: "Projects" }).waitFor();
  });
  afterEach(async () => {
    await context.close();
    // Whatever the policy forbids is a complaint of the browser.
    expect(complaints.filter((line) => !expected || !line.includes(expected))).toEqual([]);
    expected = "";
  });

  test("without a session it says how to log in", async () => {
    await context.clearCookies();
    await page.reload();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    expect(await page.textContent("main")).toContain("periplus status");
    // The browser itself reports the refused requests, some of them late.
    expected = "401";
  });

  test("projects, stages and services: each a step further", async () => {
    await page.getByRole("link", { name: PROJECT }).click();
    await page.getByRole("heading", { name: PROJECT, level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/bridge/project/${PROJECT}`);
    expect(await page.locator(".graph h3").allTextContents()).toEqual(["dev", "production"]);
    expect(await page.locator(".graph .image").allTextContents()).toEqual([
      "not deployed",
      "not deployed",
    ]);
    await page.goBack();
    await page.getByRole("heading", { name: "Projects" }).waitFor();
  });

  test("a waiting task says why, word for word as the API does, and goes on live", async () => {
    const keptnContext = await deliver();
    await openTrace(keptnContext);
    const notice = page.locator(".task .notice").first();
    await notice.waitFor();
    const explained = (await explain(keptnContext)).reasons[0]!;
    expect(explained.reason.rule).toBe("waiting-for-started");
    expect(await notice.locator("p").textContent()).toBe(
      `${explained.reason.message} ${explained.reason.rule}`,
    );

    await answer(keptnContext, "probe", "started", {});
    await page.locator(".task").filter({ hasText: "probe" }).getByText("running").waitFor();
    await answer(keptnContext, "probe", "finished", { result: "fail", message: "<b>no</b>" });
    await page.locator(".rail").getByText("delivery: failed").waitFor();
    await page
      .locator(".task")
      .filter({ hasText: "evaluation" })
      .getByText("skipped")
      .first()
      .waitFor();
    const skipped = (await explain(keptnContext)).reasons.map(({ reason }) => reason.rule);
    const shown = await page.locator(".rule").allTextContents();
    for (const rule of skipped) expect(shown).toContain(rule);
    expect(await page.locator(".log .what").first().textContent()).toBe("<b>no</b>");
    expect(await page.locator("main b", { hasText: "no" }).count()).toBe(0);
  });

  test("the gate: value, criteria, score and why of every indicator", async () => {
    const keptnContext = await deliver();
    await answer(keptnContext, "probe", "started", {});
    await answer(keptnContext, "probe", "finished", { result: "pass" });
    await openTrace(keptnContext);
    await taskId(keptnContext, "evaluation");
    await page.locator(".gate, .task .state").last().waitFor();
    await answer(keptnContext, "evaluation", "started", {});
    await answer(keptnContext, "evaluation", "finished", {
      result: "fail",
      evaluation: {
        timeStart: "2026-01-01T00:00:00.000Z",
        timeEnd: "2026-01-01T00:05:00.000Z",
        result: "fail",
        score: 50,
        sloFileContent: "",
        indicatorResults: [indicator("speed", 500, true), indicator("errors", 1, false)],
      },
    });
    const rows = page.locator(".gate tbody tr");
    await rows.filter({ hasText: "speed" }).waitFor();
    const why = (await explain(keptnContext)).events.flatMap((entry) => entry.why ?? []);
    expect(why).toContain("500 violates <=100");
    const speed = rows.filter({ hasText: "speed" });
    expect(await speed.locator("td").allTextContents()).toEqual([
      "500",
      "✗ missed: <=100",
      "–",
      "failed",
      "0",
      "500 violates <=100",
    ]);
    expect(await page.locator(".points").last().textContent()).toBe("50 of 100");
  });

  test("an approval is answered by keyboard", async () => {
    const keptnContext = await host.send(event("dev.gate.triggered", { result: "pass" }));
    await openTrace(keptnContext);
    const button = page.getByRole("button", { name: /^Approve/ });
    await button.waitFor();
    await page.locator("body").press("Tab");
    for (let press = 0; press < 40 && !(await isFocused(button)); press++) {
      await page.keyboard.press("Tab");
    }
    expect(await isFocused(button)).toBe(true);
    await page.keyboard.press("Enter");
    await page.locator(".rail").getByText("gate: passed").waitFor();
    expect(await button.count()).toBe(0);
  });

  test("an approval is declined from the overview", async () => {
    const keptnContext = await host.send(event("dev.gate.triggered", { result: "pass" }));
    await page.getByRole("heading", { name: "Waiting for you" }).waitFor();
    await page.getByRole("button", { name: /^Decline/ }).click();
    await page.getByRole("heading", { name: "Waiting for you" }).waitFor({ state: "detached" });
    await openTrace(keptnContext);
    await page.locator(".rail").getByText("gate: failed").waitFor();
  });

  test("pause, resume and abort", async () => {
    const keptnContext = await deliver();
    await openTrace(keptnContext);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await page.locator(".rule", { hasText: "paused" }).first().waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    page.once("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Abort" }).click();
    await page.locator(".head .badge").getByText("aborted").waitFor();
    expect(await page.getByRole("button", { name: "Pause" }).count()).toBe(0);
  });

  test("payloads open and stay open while new events come", async () => {
    const keptnContext = await deliver();
    await openTrace(keptnContext);
    const task = page.locator(".task").filter({ hasText: "probe" });
    await task.locator("summary").first().click();
    await task.locator(".payloads summary").first().click();
    await task.locator("pre").filter({ hasText: '"shkeptncontext"' }).waitFor();
    await answer(keptnContext, "probe", "started", {});
    await task.getByText("running").waitFor();
    expect(await task.locator("pre").first().isVisible()).toBe(true);
    await abort(keptnContext);
  });

  test("light and dark by the system, or as chosen", async () => {
    const paper = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(paper).not.toBe(light);
    await page.getByRole("button", { name: "Colours: auto" }).click();
    await page.getByRole("button", { name: "Colours: light" }).waitFor();
    expect(await paper()).toBe(light);
  });

  test("everything fits a width of 360 pixels", async () => {
    const keptnContext = await deliver();
    await page.setViewportSize({ width: 360, height: 740 });
    for (const path of ["/bridge/", `/bridge/project/${PROJECT}`, `/trace/${keptnContext}`]) {
      await page.goto(host.origin + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect([path, width]).toEqual([path, 360]);
    }
    await abort(keptnContext);
  });

  test("an unknown context is said, not shown as empty", async () => {
    await page.goto(`${host.origin}/trace/00000000-0000-4000-8000-000000000000`);
    await page.getByRole("alert").waitFor();
    expect(await page.textContent("main")).toContain("no event of context");
  });
});

async function open(look: { width: number; colorScheme: "light" | "dark" }): Promise<void> {
  context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.colorScheme,
  });
  page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT / 2);
  complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
}

async function openTrace(keptnContext: string): Promise<void> {
  await page.goto(`${host.origin}/trace/${keptnContext}`);
  await page.locator(".rail").waitFor();
  expect(page.url()).toContain(`/bridge/project/${PROJECT}/sequence/${keptnContext}`);
}

interface Explained {
  readonly reasons: readonly {
    readonly reason: { readonly rule: string; readonly message: string };
  }[];
  readonly events: readonly {
    readonly why?: readonly string[];
    readonly event: { readonly id: string; readonly type: string };
  }[];
}

async function explain(keptnContext: string): Promise<Explained> {
  return (await host.get(`/periplus/v1/sequence/${PROJECT}/${keptnContext}`)) as Explained;
}

function deliver(): Promise<string> {
  return host.send(event("dev.delivery.triggered", {}));
}

async function abort(keptnContext: string): Promise<void> {
  await host.post(`/controlPlane/v1/sequence/${PROJECT}/${keptnContext}/control`, {
    state: "abort",
  });
}

/** Id of a task's triggered event. */
async function taskId(keptnContext: string, task: string): Promise<string> {
  const type = `sh.keptn.event.${task}.triggered`;
  const { events } = await explain(keptnContext);
  return events.findLast(({ event: { type: seen } }) => seen === type)!.event.id;
}

async function answer(
  keptnContext: string,
  task: string,
  kind: "started" | "finished",
  data: object,
): Promise<void> {
  await host.send({
    ...event(`${task}.${kind}`, { status: "succeeded", ...data }),
    shkeptncontext: keptnContext,
    triggeredid: await taskId(keptnContext, task),
  });
}

function event(type: string, data: object): object {
  const place = { project: PROJECT, stage: "dev", service: SERVICE };
  const full = `sh.keptn.event.${type}`;
  return { type: full, source: "test-service", specversion: "1.0", data: { ...place, ...data } };
}

function indicator(metric: string, value: number, violated: boolean): object {
  return {
    score: violated ? 0 : 1,
    value: { metric, value, success: true },
    displayName: metric,
    passTargets: [{ criteria: "<=100", targetValue: 100, violated }],
    warningTargets: null,
    keySli: false,
    status: violated ? "fail" : "pass",
  };
}

function isFocused(button: ReturnType<Page["getByRole"]>): Promise<boolean> {
  return button.evaluate((element) => element === document.activeElement);
}
