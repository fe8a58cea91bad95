/** A stuck thing explains itself: every kind of waiting, skipping and refusing over HTTP. @module */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answering, BASE, delivery, NO_PLUGINS, openHost, PASSED, type TestHost } from "./host.ts";

const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.2
kind: Shipyard
metadata: { name: shop }
spec:
  stages:
    - name: staging
      sequences:
        - name: delivery
          tasks: [{ name: deployment }, { name: test, triggeredAfter: 10m }]
        - name: gated
          tasks: [{ name: approval }, { name: release }]
        - name: rollback
          triggeredOn:
            - event: staging.delivery.finished
              selector: { match: { result: warning } }
          tasks: [{ name: rollback }]
`;

interface Why {
  readonly id: string;
  readonly kind: string;
  readonly task: string;
  readonly reason: {
    readonly rule: string;
    readonly message: string;
    readonly values?: Record<string, unknown>;
  };
}
interface Explained {
  readonly state: { readonly state: string };
  readonly events: {
    readonly id: string;
    readonly reason?: Why["reason"];
    readonly event: object;
  }[];
  readonly sequences: {
    readonly id: string;
    readonly reason?: Why["reason"];
    readonly tasks: {
      readonly name: string;
      readonly state: string;
      readonly reason?: Why["reason"];
    }[];
  }[];
  readonly reasons: Why[];
  readonly refreshAt?: string;
}

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts");
});
afterEach(() => host.close());

const explain = async (context: string): Promise<Explained> => {
  const answer = await host.call<Explained>("GET", `/api/periplus/v1/sequence/p/${context}`);
  expect(answer.status).toBe(200);
  return answer.json;
};
const why = async (context: string): Promise<Why> => (await explain(context)).reasons[0]!;
const finish = async (task: string, data: object = {}): Promise<void> => {
  const [open] = await host.open(`${task}.triggered`);
  await host.post(answering(open!, "started"));
  await host.post(answering(open!, "finished", { ...PASSED, ...data }));
};

describe("waiting", () => {
  test("nobody-subscribed, after five silent seconds", async () => {
    await host.call("POST", `${BASE}/uniform/registration`, {
      name: "helm-service",
      metadata: { hostname: "h", kubernetesmetadata: { namespace: "ns" } },
      subscriptions: [
        { event: "sh.keptn.event.release.triggered", filter: null },
        { event: "sh.keptn.event.deployment.triggered", filter: { stages: ["production"] } },
      ],
    });
    const context = await host.post(delivery("p", "carts"));
    expect(await why(context)).toMatchObject({
      kind: "waiting",
      reason: { rule: "waiting-for-started" },
    });
    expect((await explain(context)).refreshAt).toBe("2024-01-01T12:00:05.000Z");
    await host.advance(5_000);
    const [task] = await host.open("deployment.triggered");
    expect(await why(context)).toEqual({
      id: task!.id,
      kind: "waiting",
      stage: "staging",
      sequence: "delivery",
      task: "deployment",
      reason: {
        rule: "nobody-subscribed",
        message:
          "nobody is subscribed to sh.keptn.event.deployment.triggered in stage staging for service carts: a plugin that answers it, or an integration that subscribes to it, is missing; integrations: helm-service (release.triggered, deployment.triggered)",
        values: {
          type: "sh.keptn.event.deployment.triggered",
          stage: "staging",
          service: "carts",
          integrations: ["helm-service"],
        },
      },
    });
    const { sequences, refreshAt } = await explain(context);
    expect(sequences[0]!.tasks[0]).toMatchObject({
      state: "open",
      reason: { rule: "nobody-subscribed" },
    });
    expect(refreshAt).toBeUndefined();
  });

  test.each(["sh.keptn.event.deployment.triggered", "sh.keptn.>", "sh.keptn.event.*.triggered"])(
    "an integration that subscribed to %s is awaited by name",
    async (event) => {
      await host.call("POST", `${BASE}/uniform/registration`, {
        name: "deployer",
        metadata: { hostname: "h", kubernetesmetadata: { namespace: "ns" } },
        subscriptions: [{ event, filter: { projects: ["p"], stages: [], services: null } }],
      });
      const context = await host.post(delivery("p", "carts"));
      await host.advance(60_000 - 1);
      const { reason } = await why(context);
      expect(reason.rule).toBe("waiting-for-started");
      expect(reason.message).toContain("integration deployer should answer");
    },
  );

  test("a plugin that answers is awaited by name", async () => {
    await host.close();
    host = await openHost({}, { plugins: { ...NO_PLUGINS, answerers: () => ["deploy"] } });
    await host.project("p", SHIPYARD, "carts");
    const context = await host.post(delivery("p", "carts"));
    await host.advance(6_000);
    expect((await why(context)).reason.message).toContain("plugin deploy should answer");
  });

  test("waiting-for-finished names who works", async () => {
    const context = await host.post(delivery("p", "carts"));
    const [task] = await host.open("deployment.triggered");
    await host.post(answering(task!, "started"));
    expect((await why(context)).reason).toMatchObject({
      rule: "waiting-for-finished",
      message: "task deployment is being worked on by executor: 0 of 1 finished",
    });
  });

  test("slot-held: a second delivery waits its turn", async () => {
    const first = await host.post(delivery("p", "carts"));
    const second = await host.post(delivery("p", "carts"));
    const third = await host.post(delivery("p", "carts"));
    expect((await why(second)).reason).toMatchObject({
      rule: "slot-held",
      message: `waits for its turn: context ${first} holds service carts in stage staging`,
      values: { position: 1 },
    });
    expect((await why(third)).reason.message).toContain("1 waiting before it");
  });

  test("task-held: a resumed one finds its slot taken", async () => {
    const first = await host.post(delivery("p", "carts"));
    await host.call("POST", `${BASE}/sequence/p/${first}/control`, { state: "pause" });
    await finish("deployment");
    const second = await host.post(delivery("p", "carts"));
    const [task] = await host.open("deployment.triggered");
    await host.post(answering(task!, "started"));
    await host.advance(600_000);
    await host.call("POST", `${BASE}/sequence/p/${first}/control`, { state: "resume" });
    expect(await why(first)).toMatchObject({
      task: "test",
      reason: {
        rule: "task-held",
        message: `task test is held back: context ${second} holds service carts in stage staging`,
      },
    });
  });

  test("task-delayed names the instant", async () => {
    const context = await host.post(delivery("p", "carts"));
    await finish("deployment");
    const { reasons, refreshAt } = await explain(context);
    expect(reasons[0]!.reason.rule).toBe("task-delayed");
    expect(reasons[0]!.reason.values).toMatchObject({ due: "2024-01-01T12:10:00.000Z" });
    expect(refreshAt).toBe("2024-01-01T12:10:00.000Z");
  });

  test("paused names who commanded it", async () => {
    const context = await host.post(delivery("p", "carts"));
    await host.call("POST", `${BASE}/sequence/p/${context}/control`, { state: "pause" });
    expect((await why(context)).reason).toMatchObject({
      rule: "paused",
      message: "pause was commanded by admin",
    });
  });

  test("waiting-for-approval", async () => {
    const context = await host.post(
      delivery("p", "carts", { type: "sh.keptn.event.staging.gated.triggered" }),
    );
    const [task] = await host.open("approval.triggered");
    await host.post(answering(task!, "started"));
    expect((await why(context)).reason).toMatchObject({
      rule: "waiting-for-approval",
      message: "waits for somebody to approve or decline carts in staging",
      events: [task!.id],
    });
  });

  test("a task that an executor asked for and nobody answers", async () => {
    const context = await host.post(delivery("p", "carts"));
    const [task] = await host.open("deployment.triggered");
    await host.post(answering(task!, "started"));
    const place = { project: "p", stage: "staging", service: "carts" };
    await host.post({
      type: "sh.keptn.event.get-sli.triggered",
      source: "lighthouse-service",
      shkeptncontext: context,
      data: place,
    });
    await host.advance(5_000);
    const { reasons } = await explain(context);
    expect(reasons.find((one) => one.task === "get-sli")!.reason.rule).toBe("nobody-subscribed");
  });
});

describe("skipping and refusing", () => {
  test("task-skipped and not-matched after a failure", async () => {
    const context = await host.post(delivery("p", "carts"));
    await finish("deployment", { result: "fail" });
    const { reasons, sequences } = await explain(context);
    expect(reasons.map(({ kind, reason }) => [kind, reason.rule])).toEqual([
      ["skipped", "task-skipped"],
      ["skipped", "not-matched"],
    ]);
    const skipped = reasons[0]!.reason;
    expect(sequences[0]!.tasks).toMatchObject([
      { name: "deployment", state: "finished" },
      { name: "test", state: "skipped", reason: skipped },
    ]);
  });

  test("an answer that names no open task is recorded as refused", async () => {
    const context = await host.post(delivery("p", "carts"));
    const [task] = await host.open("deployment.triggered");
    const { triggeredid: _, ...lost } = answering(task!, "finished", PASSED) as Record<
      string,
      unknown
    >;
    const answer = await host.call<{ refused: Why["reason"] }>("POST", "/api/v1/event", lost);
    expect(answer.status).toBe(200);
    const refused = (await explain(context)).reasons.find(({ kind }) => kind === "refused")!;
    expect(refused.reason).toEqual(answer.json.refused);
    expect(refused.reason.rule).toBe("not found");
  });

  test("a sequence that cannot start, and one that timed out", async () => {
    const unknown = await host.post(
      delivery("p", "carts", { type: "sh.keptn.event.staging.none.triggered" }),
    );
    const failed = (await explain(unknown)).events.find(
      ({ reason }) => reason?.rule === "failed-start",
    );
    expect(failed!.reason!.message).toContain("none");
    const slow = await host.post(delivery("p", "carts"));
    await host.advance(600_000);
    const { state, events } = await explain(slow);
    expect(state.state).toBe("timedOut");
    expect(events.some(({ reason }) => reason?.rule === "timed-out")).toBe(true);
  });

  test("an unknown delivery", async () => {
    const answer = await host.call("GET", "/api/periplus/v1/sequence/p/unknown");
    expect([answer.status, answer.json]).toMatchObject([
      404,
      { code: 404, message: "no sequence unknown in project p" },
    ]);
  });
});
