/** Each kind of waiting, skipping, refusing and ending: the same rule and sentence in API, CLI, timeline and page. @module */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Client } from "../../src/cli/client.ts";
import { follow } from "../../src/cli/timeline/follow.ts";
import { createPainter } from "../../src/cli/timeline/paint.ts";
import type { Reason } from "../../src/spec/reason.ts";
import { HAVE_BROWSER, openBrowser, WITHOUT_BROWSER } from "../bridge/browser.ts";
import { type Case, CASES, LATE } from "./reason_cases.ts";
import { addPlugins, openScene, place, PROJECT, type Scene } from "./reason_scene.ts";

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
