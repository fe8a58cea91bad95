/** Tasks from their row to their answer, over restarts. @module */
import { expect, test } from "vitest";
import { Bench } from "./bench.ts";
import { settled } from "./clock.ts";
import { type GuestHandler, manifest, type NativePlugin, passed } from "./native.ts";

const TASK = { cancels: false, onUncertain: "resend" } as const;

function plugin(run: GuestHandler, more: Partial<NativePlugin["manifest"]> = {}): NativePlugin {
  return {
    manifest: manifest("demo", {
      tasks: { deployment: TASK },
      allow: { http: ["http://a"], secrets: [], events: ["get-sli"], resources: "write" },
      ...more,
    }),
    handlers: { "task deployment": run },
  };
}
const OPEN = { demo: [{ http: ["http://a"] }] };

test("a task answers started and finished with scope, labels and source", async () => {
  const bench = await Bench.open({
    v1: plugin(() => ({ kind: "returned", result: "warning", message: "so so", data: { x: 1 } })),
  });
  const event = await bench.trigger("deployment.triggered", { labels: { a: "b" } });
  await settled();
  expect(bench.sent()).toEqual(["deployment.started", "deployment.finished warning"]);
  const finished = bench.last("deployment.finished");
  expect(finished).toMatchObject({
    source: "demo-service",
    triggeredid: event.id,
    shkeptncontext: "c1",
    gitcommitid: "abc",
    data: { project: "p", labels: { a: "b" }, status: "succeeded", message: "so so", x: 1 },
  });
  const [rows] = await bench.store.read([{ sql: "SELECT * FROM plugin_task", args: [] }]);
  expect(rows, "the log holds the answer, nothing else is kept").toEqual([]);
});

test("an answer stays in the project of its task", async () => {
  const bench = await Bench.open({
    v1: plugin(() => ({ kind: "returned", result: "pass", data: { project: "other" } })),
  });
  await bench.trigger("deployment.triggered");
  await settled();
  expect(bench.last("deployment.finished").data).toMatchObject({ project: "p" });
});

test("nobody subscribed: no row", async () => {
  const bench = await Bench.open({ v1: plugin(() => passed) });
  await bench.trigger("test.triggered");
  await settled();
  expect((await bench.store.read([{ sql: "SELECT * FROM plugin_task", args: [] }]))[0]).toEqual([]);
});

test("left open: only started, with its message", async () => {
  const bench = await Bench.open({
    v1: plugin(() => ({ kind: "left-open", message: "waiting for a person" })),
  });
  await bench.trigger("deployment.triggered");
  await settled();
  expect(bench.sent()).toEqual(["deployment.started"]);
  expect(bench.last("started").data).toMatchObject({ message: "waiting for a person" });
});

test("a thrown error is errored/fail and stands in the error log", async () => {
  const bench = await Bench.open({
    v1: plugin(() => ({
      kind: "failed",
      failure: "threw",
      name: "Error",
      message: "no luck",
      at: { file: "plugins/demo/plugin.ts", line: 7, column: 3 },
    })),
  });
  await bench.trigger("deployment.triggered");
  await settled();
  expect(bench.last("finished").data).toMatchObject({
    status: "errored",
    result: "fail",
    message: "Error: no luck (plugins/demo/plugin.ts:7:3)",
  });
  expect(bench.errors).toEqual(["Error: no luck (plugins/demo/plugin.ts:7:3)"]);
});

test("a long sleep survives a restart and effects before it happen once", async () => {
  const bench = await Bench.open(
    {
      v1: plugin(async ({ call }) => {
        await call("http", { url: "http://a/x", method: "POST", headers: [] });
        await call("sleep", { duration: 86_400_000 });
        await call("kv.set", { key: "k", value: 1 });
        return passed;
      }),
    },
    { grants: OPEN },
  );
  await bench.trigger("deployment.triggered");
  await settled();
  expect(bench.sent()).toEqual(["deployment.started"]);
  await bench.platform.stop();
  await bench.start();
  await settled();
  await bench.clock.advance(86_400_000);
  expect(bench.sent()).toEqual(["deployment.started", "deployment.finished pass"]);
  expect(bench.requests.map((one) => one.headers["idempotency-key"])).toEqual(["demo/e1/0"]);
});

test("an idle platform with sleeping tasks arms one wake-up", async () => {
  const bench = await Bench.open({
    v1: plugin(async ({ call }) => {
      await call("sleep", { duration: 3_600_000 });
      return passed;
    }),
  });
  for (let count = 0; count < 50; count += 1) await bench.trigger("deployment.triggered");
  await settled();
  await bench.clock.advance(120_000);
  expect(bench.clock.armed).toHaveLength(1);
  await bench.clock.advance(3_600_000);
  expect(bench.sent().filter((line) => line.endsWith("pass"))).toHaveLength(50);
});

test("a crash at every write: same outcome, each effect under one key", async () => {
  for (let crash = 1; ; crash += 1) {
    const bench = await Bench.open(
      {
        v1: plugin(async ({ call }) => {
          await call("kv.get", { key: "k" });
          await call("http", { url: "http://a/x", method: "POST", headers: [] });
          await call("kv.set", { key: "k", value: 1 });
          await call("resources.write", { uri: "f", content: "x", level: "service" });
          await call("sleep", { duration: 5_000 });
          await call("http", { url: "http://a/y", method: "POST", headers: [] });
          return passed;
        }),
      },
      { grants: OPEN },
    );
    let writes = 0;
    let dead = false;
    bench.beforeWrite = () => {
      writes += 1;
      if (writes === crash + 1) dead = true;
      if (dead) throw new Error("killed");
    };
    await bench.trigger("deployment.triggered");
    await settled();
    if (!dead) await bench.clock.advance(5_000);
    const crashed = dead;
    bench.beforeWrite = () => undefined;
    await bench.start();
    await settled();
    await bench.clock.advance(10_000);
    expect(bench.sent(), `crash ${crash}`).toEqual([
      "deployment.started",
      "deployment.finished pass",
    ]);
    const keys = bench.requests.map((one) => one.headers["idempotency-key"]);
    expect([...new Set(keys)], `crash ${crash}`).toEqual(["demo/e1/1", "demo/e1/5"]);
    if (!crashed) break;
  }
});

test("other arguments after a crash: diverged, never executed again", async () => {
  let url = "http://a/one";
  const bench = await Bench.open(
    {
      v1: plugin(async ({ call }) => {
        await call("http", { url, method: "POST", headers: [] });
        return passed;
      }),
    },
    { grants: OPEN },
  );
  bench.reply = () => new Promise(() => undefined);
  await bench.trigger("deployment.triggered");
  await settled();
  url = "http://a/two";
  await bench.start();
  await settled();
  expect(bench.requests).toHaveLength(1);
  expect(bench.last("finished").data).toMatchObject({
    status: "errored",
    message: "ERR_JOURNAL_DIVERGED: call 0 (http) has other arguments than before",
  });
});

test.each([
  ["POST", "resend", 2, "pass"],
  ["POST", "fail", 1, "fail"],
  ["PUT", "fail", 2, "pass"],
] as const)("interrupted %s with onUncertain %s", async (method, onUncertain, times, result) => {
  const bench = await Bench.open(
    {
      v1: plugin(
        async ({ call }) => {
          await call("http", { url: "http://a/x", method, headers: [] });
          return passed;
        },
        { tasks: { deployment: { cancels: false, onUncertain } } },
      ),
    },
    { grants: OPEN },
  );
  bench.reply = () => new Promise(() => undefined);
  await bench.trigger("deployment.triggered");
  await settled();
  bench.reply = () => ({ status: 200, headers: {}, body: new Uint8Array() });
  await bench.start();
  await settled();
  expect(bench.requests).toHaveLength(times);
  expect(new Set(bench.requests.map((one) => one.headers["idempotency-key"])).size).toBe(1);
  expect(bench.last("finished").data).toMatchObject({ result });
});

test("a loop keeps only its last turn and ends when it expires", async () => {
  const bench = await Bench.open(
    {
      v1: plugin(async ({ call }) => {
        for (;;) {
          const turn = (await call("poll", { every: 5_000, timeout: 60_000 }, 0)) as {
            expired: boolean;
          };
          await call("http", { url: "http://a/x", method: "PUT", headers: [] }, 1);
          if (turn.expired) return passed;
        }
      }),
    },
    { grants: OPEN },
  );
  await bench.trigger("deployment.triggered");
  await settled();
  await bench.clock.advance(31_000);
  const [rows] = await bench.store.read([{ sql: "SELECT call FROM journal", args: [] }]);
  expect(rows!.map((row) => row.call)).toEqual([0]);
  await bench.start();
  await bench.clock.advance(40_000);
  expect(bench.sent().at(-1)).toBe("deployment.finished pass");
  expect(bench.requests).toHaveLength(13);
});

test("a request waits for its answers, over a restart", async () => {
  const bench = await Bench.open({
    v1: plugin(async ({ call }) => {
      const { answers } = (await call("request", {
        type: "get-sli",
        data: { a: 1 },
        timeout: 600_000,
      })) as { answers: { data: { value: number } }[] };
      return { kind: "returned", result: "pass", data: { got: answers[0]!.data.value } };
    }),
  });
  await bench.trigger("deployment.triggered");
  await bench.clock.advance(2_000);
  await bench.start();
  await settled();
  const child = bench.last("get-sli.triggered");
  for (const kind of ["started", "finished"]) {
    await bench.append(
      {
        ...child,
        id: kind,
        type: `sh.keptn.event.get-sli.${kind}`,
        triggeredid: child.id,
        data: { value: 7 },
      },
      "received",
      "admin",
      [],
    );
  }
  await settled();
  expect(bench.sent()).toEqual([
    "deployment.started",
    "get-sli.triggered",
    "deployment.finished pass",
  ]);
  expect(bench.last("deployment.finished").data).toMatchObject({ got: 7 });
});

test("a callback is taken once and wakes the task", async () => {
  const bench = await Bench.open({
    v1: plugin(async ({ call }) => {
      const { id } = (await call("callback", { schema: {} })) as { id: string };
      const answer = (await call("callback.wait", { id })) as { body: { ok: boolean } };
      return { kind: "returned", result: "pass", data: { ok: answer.body.ok } };
    }),
  });
  await bench.trigger("deployment.triggered");
  await bench.clock.advance(5_000);
  const [rows] = await bench.store.read([{ sql: "SELECT id FROM callback", args: [] }]);
  const id = String(rows![0]!.id);
  expect(await bench.platform.callback(id, { ok: true })).toBe(true);
  expect(await bench.platform.callback(id, { ok: false })).toBe(false);
  await settled();
  expect(bench.last("finished").data).toMatchObject({ ok: true });
});

test.each(["running", "waiting"])(
  "abort while %s: run ends, cancel runs, no answer",
  async (how) => {
    const seen: string[] = [];
    const bench = await Bench.open({
      v1: {
        manifest: manifest("demo", {
          tasks: { deployment: { cancels: true, onUncertain: "resend" } },
        }),
        handlers: {
          "task deployment": async ({ call }) => {
            try {
              await call("sleep", { duration: how === "running" ? 900 : 60_000 });
            } finally {
              seen.push("finally");
            }
            return passed;
          },
          "cancel deployment": () => {
            seen.push("cancel");
            return passed;
          },
        },
      },
    });
    await bench.trigger("deployment.triggered");
    await settled();
    await bench.trigger("dev.delivery.finished", { status: "aborted", result: "fail" });
    await settled();
    expect(seen).toEqual(["finally", "cancel"]);
    expect(bench.sent()).toEqual(["deployment.started"]);
    const [rows] = await bench.store.read([{ sql: "SELECT outcome FROM plugin_task", args: [] }]);
    expect(rows).toEqual([{ outcome: "cancelled" }]);
  },
);

test("three limit kills in a minute pause the plugin, with back-off", async () => {
  const bench = await Bench.open({
    v1: plugin(() => ({
      kind: "failed",
      failure: "fuel",
      name: "OutOfFuel",
      message: "used 2000000 of 2000000",
    })),
  });
  for (let count = 0; count < 4; count += 1) {
    await bench.trigger("deployment.triggered");
    await settled();
  }
  const finished = (): number => bench.sent().filter((line) => line.includes("finished")).length;
  expect(finished()).toBe(3);
  expect(await bench.platform.read("demo")).toMatchObject({ state: "quarantined" });
  await bench.clock.advance(10_000);
  expect(finished()).toBe(4);
});

test("a task that has begun ends on the version it began with", async () => {
  const handler =
    (version: string): GuestHandler =>
    async ({ call }) => {
      await call("sleep", { duration: 10_000 });
      return { kind: "returned", result: "pass", data: { version } };
    };
  const bench = await Bench.open({ v1: plugin(handler("1")) });
  await bench.trigger("deployment.triggered");
  await settled();
  bench.plugins.set("v2", plugin(handler("2"), { version: "2.0.0" }));
  await bench.install();
  await bench.trigger("deployment.triggered");
  await bench.clock.advance(20_000);
  const versions = bench.log
    .filter(({ event }) => event.type.endsWith("deployment.finished"))
    .map(({ event }) => (event.data as { version: string }).version);
  expect(versions.toSorted()).toEqual(["1", "2"]);
});

test("a listener hears events, answers nothing, and not its own", async () => {
  const heard: unknown[] = [];
  const bench = await Bench.open({
    v1: {
      manifest: manifest("demo", {
        on: ["evaluation.finished"],
        allow: { http: [], secrets: [], events: ["evaluation.finished"], resources: "read" },
      }),
      handlers: {
        "on evaluation.finished": async ({ event, call }) => {
          heard.push(event.id);
          await call("send", { type: "evaluation.finished", data: {} });
          return passed;
        },
      },
    },
  });
  const event = await bench.trigger("evaluation.finished", {}, "received");
  await settled();
  expect(heard).toEqual([event.id]);
  expect(bench.sent()).toEqual(["evaluation.finished"]);
});
