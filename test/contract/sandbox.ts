/** What every sandbox does, whatever thread its guests run in. @module */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  ActivationResult,
  Ended,
  GuestCall,
  LoadedPlugin,
  Replayed,
  SandboxHost,
} from "../../src/plugins/sandbox/types.ts";
import type { Json } from "../../src/spec/json.ts";
import { activation, bundleOf, EVENT, NOW, taskSource } from "../plugins/sandbox/host.ts";

/** Runs the suite against the sandboxes that `open` opens. */
export function testSandbox(name: string, open: () => Promise<SandboxHost>): void {
  describe(name, () => {
    let host: SandboxHost;
    beforeAll(async () => {
      host = await open();
    });
    afterAll(() => host.close());
    const load = async (body: string, more = ""): Promise<LoadedPlugin> =>
      host.load(await bundleOf(taskSource(body, more)));
    const run = async (
      body: string,
      ...rest: Parameters<typeof activation>
    ): Promise<ActivationResult> => (await load(body)).run(activation(...rest));

    test.each<[body: string, ended: Ended]>([
      ["", { kind: "returned", result: "pass" }],
      [
        "return ctx.pass({ a: 1 }, 'm')",
        { kind: "returned", result: "pass", message: "m", data: { a: 1 } },
      ],
      [
        "return ctx.pass({ a: undefined, b: new Date(0) })",
        { kind: "returned", result: "pass", data: { b: "1970-01-01T00:00:00.000Z" } },
      ],
      ["return ctx.warn('w')", { kind: "returned", result: "warning", message: "w" }],
      [
        "return ctx.fail('f', { b: 2 })",
        { kind: "returned", result: "fail", message: "f", data: { b: 2 } },
      ],
      [
        "return ctx.errored('e')",
        { kind: "returned", result: "fail", status: "errored", message: "e" },
      ],
      ["return ctx.leaveOpen('o')", { kind: "left-open", message: "o" }],
      ["return ctx.ignore()", { kind: "ignored" }],
    ])("%s", async (body, ended) => {
      expect((await run(body)).ended).toEqual(ended);
    });

    test("the handler sees event, props, config and placeholders of secrets", async () => {
      const plugin = await load(`return ctx.pass({
        event: ctx.event, data: ctx.data, props: ctx.props, config: ctx.config, task: ctx.task,
        where: [ctx.project, ctx.stage, ctx.service, ctx.context], labels: ctx.labels,
        secret: ctx.secret("argo", "token"), basic: ctx.basic("me", ctx.secret("argo", "token")),
      })`);
      const input = {
        event: EVENT,
        props: { a: 1 },
        config: { b: "c" },
        secrets: { "argo/token": "pps_1" },
      };
      const { ended } = await plugin.run(activation(undefined, { input }));
      expect(ended).toMatchObject({
        data: {
          event: EVENT,
          data: EVENT.data,
          props: { a: 1 },
          config: { b: "c" },
          task: "probe",
          where: ["sockshop", "dev", "carts", "c-1"],
          labels: { a: "b" },
          secret: "pps_1",
          basic: "$periplus.basic(bWU,,pps_1)$",
        },
      });
    });

    test("data that is nested too deep for the host ends the run", async () => {
      const { ended } = await run(
        `let deep = []; for (let n = 0; n < 1000; n += 1) deep = [deep]; return ctx.pass({ deep });`,
      );
      expect(ended).toMatchObject({
        failure: "protocol",
        message: expect.stringContaining("nested deeper than 256"),
      });
    });

    test("calls are numbered in the order in which they are made", async () => {
      const calls: GuestCall[] = [];
      const { ended } = await run(
        `const [a, b] = await Promise.all([ctx.kv.get("a"), ctx.kv.get("b")]);
         await ctx.progress("half", { n: 1 });
         return ctx.pass({ a, b });`,
        (call) => {
          calls.push(call);
          return call.name === "kv.get" ? { value: call.index } : null;
        },
      );
      expect(ended).toMatchObject({ data: { a: 0, b: 1 } });
      expect(calls).toEqual([
        { index: 0, name: "kv.get", args: { key: "a" } },
        { index: 1, name: "kv.get", args: { key: "b" } },
        { index: 2, name: "progress", args: { message: "half", data: { n: 1 } } },
      ]);
    });

    test("fetch becomes a call, and its answer a response", async () => {
      const calls: GuestCall[] = [];
      const { ended } = await run(
        `const r = await fetch(new URL("/x?a=1", "https://h.example"), { method: "put", json: { a: 1 }, headers: { "X-A": "1" } });
         return ctx.pass({ ok: r.ok, status: r.status, type: r.headers.get("Content-Type"), json: await r.json(), bytes: (await r.bytes()).length });`,
        (call) => {
          calls.push(call);
          return {
            url: "https://h.example/x",
            status: 201,
            headers: [["content-type", "application/json"]],
            body: { text: '{"é":1}' },
          };
        },
      );
      expect(ended).toMatchObject({
        data: { ok: true, status: 201, type: "application/json", json: { é: 1 }, bytes: 8 },
      });
      expect(calls[0]!.args).toEqual({
        url: "https://h.example/x?a=1",
        method: "PUT",
        headers: [
          ["content-type", "application/json"],
          ["x-a", "1"],
        ],
        body: { text: '{"a":1}' },
      });
    });

    test("calls that the handler does not wait for are made all the same", async () => {
      const seen: string[] = [];
      const { ended } = await run(
        `void ctx.progress("left alone"); return ctx.pass();`,
        async (call) => {
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(call.name);
          return null;
        },
      );
      expect(ended).toEqual({ kind: "returned", result: "pass" });
      expect(seen).toEqual(["progress"]);
    });

    describe("replay", () => {
      const BODY = `const first = ctx.kv.get("slow"); const second = ctx.kv.get("fast");
        const order = [];
        await Promise.all([first.then((v) => order.push(v)), second.then((v) => order.push(v))]);
        order.push(Date.now(), Math.random());
        console.log("after both");
        await ctx.kv.set("done", order.length);
        return ctx.pass({ order });`;

      const record = async (plugin: LoadedPlugin) => {
        const journal: Replayed[] = [];
        const logs: string[] = [];
        let release: () => void = () => undefined;
        const fast = new Promise<void>((resolve) => (release = resolve));
        const result = await plugin.run({
          ...activation(),
          log: (_level, line) => logs.push(line),
          async call(call) {
            if (call.index === 0) await fast;
            const answer = { ok: true, value: { value: call.index } } as const;
            const now = NOW + (journal.length + 1) * 10;
            journal.push({ ...call, answer, now });
            if (call.index === 1) queueMicrotask(release);
            return { answer, now };
          },
        });
        return { result, journal, logs };
      };

      test("parallel calls settle again in their old order, with their old times", async () => {
        const plugin = await load(BODY);
        const { result, journal, logs } = await record(plugin);
        expect(journal.map(({ index }) => index)).toEqual([1, 0, 2]);
        expect(result.ended).toMatchObject({
          data: { order: [1, 0, NOW + 20, expect.any(Number)] },
        });
        expect(logs).toEqual(["after both"]);
        const again: string[] = [];
        const replayed = await plugin.run({
          ...activation(() => Promise.reject(new Error("nothing is left to ask"))),
          replay: journal,
          log: (_level, line) => again.push(line),
        });
        expect(replayed).toEqual(result);
        expect(again).toEqual([]);
      });

      test("what was not answered is asked again, after the replay", async () => {
        const plugin = await load(BODY);
        const { result, journal } = await record(plugin);
        const asked: number[] = [];
        const { ended } = await plugin.run({
          ...activation((call) => {
            asked.push(call.index);
            return null;
          }),
          replay: journal.slice(0, 2),
        });
        expect(asked).toEqual([2]);
        expect(ended).toEqual(result.ended);
      });

      test.each<[what: string, change: (journal: Replayed[]) => Replayed[], message: RegExp]>([
        [
          "another name",
          ([a, ...rest]) => [{ ...a!, name: "kv.delete" }, ...rest],
          /kv\.delete.* before and is kv\.get/,
        ],
        [
          "other arguments",
          ([a, ...rest]) => [{ ...a!, args: { key: "other" } }, ...rest],
          /"other".* before and is .*"fast"/,
        ],
        [
          "a call that is not made",
          (journal) => [...journal.slice(0, 2), { ...journal[0]!, index: 7 }],
          /call 7 \(kv\.get\)/,
        ],
      ])("%s is a divergence", async (_what, change, message) => {
        const plugin = await load(BODY);
        const { journal } = await record(plugin);
        const { ended } = await plugin.run({ ...activation(), replay: change(journal) });
        expect(ended).toMatchObject({ kind: "failed", failure: "diverged" });
        expect((ended as { message: string }).message).toMatch(message);
      });
    });

    describe("waiting", () => {
      test("a call that suspends ends the activation", async () => {
        const { ended } = await run(`await ctx.sleep("1h"); return ctx.pass();`, () => "suspend");
        expect(ended).toEqual({ kind: "suspended" });
      });

      test("a parallel branch goes on until nothing else is left", async () => {
        const asked: string[] = [];
        const { ended } = await run(
          `await Promise.all([ctx.sleep("1h"), (async () => { for (const key of ["a", "b", "c"]) await ctx.kv.get(key); })()]);`,
          async (call) => {
            asked.push(call.name);
            if (call.name === "sleep") return "suspend";
            await Promise.resolve();
            return null;
          },
        );
        expect(ended).toEqual({ kind: "suspended" });
        expect(asked).toEqual(["sleep", "kv.get", "kv.get", "kv.get"]);
      });

      test("a loop counts on from its index in every turn, and resumes at its last", async () => {
        const body = `await ctx.kv.get("before");
          const seen = await ctx.poll({ every: "5s", timeout: "1m" }, async () => {
            const at = await ctx.kv.get("look");
            await ctx.progress("turn " + at);
            return at === 9 ? "found" : undefined;
          });
          await ctx.kv.get("after");
          return ctx.pass({ seen });`;
        const plugin = await load(body);
        const calls: string[] = [];
        let turn = 0;
        const answers =
          (from: number) =>
          (call: GuestCall): Json => {
            calls.push(`${call.index} ${call.name}`);
            if (call.name === "poll") return { turn: turn++, expired: false };
            return { value: from + turn - 1 };
          };
        const first = await plugin.run(activation(answers(7)));
        expect(first.ended).toMatchObject({ data: { seen: "found" } });
        expect(calls).toEqual([
          "0 kv.get",
          ...["1 poll", "2 kv.get", "3 progress"],
          ...["1 poll", "2 kv.get", "3 progress"],
          ...["1 poll", "2 kv.get", "3 progress"],
          "4 kv.get",
        ]);
        calls.length = 0;
        turn = 7;
        const replay: Replayed[] = [
          {
            index: 0,
            name: "kv.get",
            args: { key: "before" },
            answer: { ok: true, value: null },
            now: NOW,
          },
          {
            index: 1,
            name: "poll",
            args: { every: 5_000, timeout: 60_000 },
            answer: { ok: true, value: { turn: 7, expired: false } },
            now: NOW + 35_000,
          },
          {
            index: 2,
            name: "kv.get",
            args: { key: "look" },
            answer: { ok: true, value: null },
            now: NOW + 35_001,
          },
        ];
        const resumed = await plugin.run({ ...activation(answers(1)), replay });
        expect(resumed.ended).toMatchObject({ data: { seen: "found" } });
        expect(calls).toEqual([
          "3 progress",
          ...["1 poll", "2 kv.get", "3 progress"],
          ...["1 poll", "2 kv.get", "3 progress"],
          "4 kv.get",
        ]);
      });

      test("a loop beside another branch forgets nothing of that branch", async () => {
        const calls: string[] = [];
        let looks = 0;
        const { ended } = await run(
          `const [value] = await Promise.all([
             ctx.poll({ every: 10 }, () => ctx.kv.get("look").then((v) => v ?? undefined)),
             ctx.kv.get("other"),
           ]);
           return ctx.pass({ value });`,
          async (call) => {
            calls.push(`${call.index} ${call.name}`);
            if (call.name === "poll") return { turn: 0, expired: false };
            if (call.name === "sleep") return null;
            return (call.args as { key: string }).key === "look" && ++looks === 2
              ? { value: 1 }
              : null;
          },
        );
        expect(ended).toMatchObject({ data: { value: 1 } });
        expect(calls).toEqual(["0 poll", "1 kv.get", "2 kv.get", "3 sleep", "4 poll", "5 kv.get"]);
      });
    });

    describe("errors", () => {
      const fails = (name: string) => ({
        ...activation(),
        call: () =>
          Promise.resolve({
            answer: { ok: false, error: { name, message: "no" } } as const,
            now: NOW,
          }),
      });

      test.each(["Cancelled", "Uncertain", "Denied"])(
        "%s is thrown into the guest",
        async (name) => {
          const plugin = await load(`try { await ctx.kv.get("a"); } catch (e) {
          return ctx.pass({ name: e.name, message: e.message, own: e instanceof Cancelled || e instanceof Uncertain });
        }`);
          const { ended } = await plugin.run(fails(name));
          expect(ended).toMatchObject({ data: { name, message: "no", own: name !== "Denied" } });
        },
      );

      test("finally blocks run, and the name of what was thrown is told", async () => {
        const plugin = await load(
          `try { await ctx.kv.get("a"); } finally { console.log("cleaned"); }`,
        );
        const lines: string[] = [];
        const { ended } = await plugin.run({
          ...fails("Cancelled"),
          log: (_level, line) => lines.push(line),
        });
        expect(ended).toMatchObject({ kind: "failed", failure: "threw", name: "Cancelled" });
        expect(lines).toEqual(["cleaned"]);
      });

      test("a thrown error names file, line and column of the source", async () => {
        const { ended } = await run(
          `const inner = () => {\n  throw new TypeError("bad");\n};\nawait ctx.kv.get("a");\ninner();`,
        );
        expect(ended).toEqual({
          kind: "failed",
          failure: "threw",
          name: "TypeError",
          message: "bad",
          at: { file: "plugin.ts", line: 6, column: 13 },
        });
      });

      test("an unknown secret says what to do", async () => {
        const { ended } = await run(`return ctx.pass({ s: ctx.secret("argo", "token") })`);
        expect(ended).toMatchObject({ message: expect.stringContaining("allow.secrets") });
      });
    });

    describe("determinism", () => {
      const BODY = `const r = [Math.random(), Math.random()];
        await ctx.kv.get("x");
        return ctx.pass({ r, at: [Date.now(), new Date().toISOString()], sin: Math.sin(1e5), zone: new Date(0).getTimezoneOffset() });`;

      test("time stands still, randomness follows the seed, fuel is the same", async () => {
        const plugin = await load(BODY);
        const one = await plugin.run(activation());
        const same = await plugin.run(activation());
        const other = await plugin.run(activation(undefined, { seed: 8 }));
        expect(same).toEqual(one);
        expect(one.ended).toMatchObject({
          data: { at: [NOW + 1_000, "2024-05-01T10:00:01.000Z"], zone: 0 },
        });
        expect(other.ended).not.toEqual(one.ended);
      });

      test("nothing of an activation is left for the next, also after a failure", async () => {
        const plugin = await load(`globalThis.seen = (globalThis.seen ?? 0) + 1;
          Object.prototype.polluted = 1; Array.prototype.map = null;
          const { label } = ctx.data.labels;
          if (label === "loop") for (;;);
          return ctx.pass({ seen: globalThis.seen })`);
        const labelled = (label: string) => {
          const event = { ...EVENT, data: { ...EVENT.data, labels: { label } } };
          return activation(undefined, { input: { event, props: {}, config: {}, secrets: {} } });
        };
        for (const label of ["a", "loop", "b"]) {
          const { ended } = await plugin.run(labelled(label));
          expect(ended).toMatchObject(
            label === "loop" ? { failure: "fuel" } : { result: "pass", data: { seen: 1 } },
          );
        }
      });

      test("ten activations at once keep to themselves", async () => {
        const plugin = await load(`const mine = ctx.data.labels.n; let sum = 0;
          for (let i = 0; i < 5; i++) sum += await ctx.kv.get(mine);
          return ctx.pass({ mine, sum });`);
        const labelled = (n: number) => {
          const event = { ...EVENT, data: { ...EVENT.data, labels: { n: String(n) } } };
          return { input: { event, props: {}, config: {}, secrets: {} } };
        };
        const runs = Array.from({ length: 10 }, (_, n) =>
          plugin.run(
            activation(
              (call) => ({ value: Number((call.args as { key: string }).key) }),
              labelled(n),
            ),
          ),
        );
        const results = await Promise.all(runs);
        expect(results.map(({ ended }) => ended)).toEqual(
          results.map((_, n) => expect.objectContaining({ data: { mine: String(n), sum: n * 5 } })),
        );
        const again = await Promise.all(
          [0, 0, 0].map((n) => plugin.run(activation(undefined, labelled(n)))),
        );
        expect(new Set(again.map(({ fuel }) => fuel)).size).toBe(1);
      });
    });

    test("a hash pins the code", async () => {
      const [a, same, other] = [
        await load("return ctx.pass()"),
        await load("return ctx.pass()"),
        await load("return ctx.warn()"),
      ];
      expect(a!.hash).toMatch(/^[0-9a-f]{64}$/);
      expect(same!.hash).toBe(a!.hash);
      expect(other!.hash).not.toBe(a!.hash);
    });

    test("plugin.json alone is the manifest when it is there", async () => {
      const bundle = await bundleOf(taskSource("return ctx.pass()", "limits: { calls: 3 },"));
      const manifest = { name: "probe", version: "2.0.0", api: 1, tasks: { probe: {} } };
      expect((await host.load(bundle)).manifest).toMatchObject({
        version: "1.0.0",
        limits: { calls: 3, fuel: 2_000_000 },
        tasks: { probe: { cancels: false } },
      });
      expect((await host.load({ ...bundle, manifest })).manifest).toMatchObject({
        version: "2.0.0",
        limits: { calls: 200 },
        tasks: { probe: { cancels: true } },
      });
    });

    test.each<[what: string, source: string, message: RegExp]>([
      ["no default export", "export const x = 1;", /definePlugin/],
      [
        "a throwing module",
        "const a = 1;\nthrow new Error(`at load ${a}`);\nexport default {};",
        /^plugin\.ts:2:\d+: while it was loaded: Error: at load 1$/,
      ],
      ["a looping module", "for (;;);\nexport default {};", /instructions/],
      [
        "a wrong API number",
        `export default { name: "a", version: "1", api: 2 };`,
        /api: must be 1/,
      ],
      [
        "a bad name",
        `export default { name: "../a", version: "1", api: 1 };`,
        /name: must be lower case/,
      ],
      [
        "a task without run",
        `export default { name: "a", version: "1", api: 1, tasks: { x: {} } };`,
        /tasks\.x\.runs: run is missing/,
      ],
      [
        "an unknown field",
        `export default { name: "a", version: "1", api: 1, allow: { htpp: [] } };`,
        /allow: .*htpp/,
      ],
      [
        "too much fuel",
        `export default { name: "a", version: "1", api: 1, limits: { fuel: 1e9 } };`,
        /limits\.fuel: .*50000000/,
      ],
    ])("%s is refused when it is loaded", async (_what, source, message) => {
      await expect(host.load(await bundleOf(source))).rejects.toThrow(message);
    });
  });
}
