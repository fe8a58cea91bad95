import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workerSandbox } from "../../../src/plugins/adapters/worker.ts";
import type { Ended, LoadedPlugin, SandboxHost } from "../../../src/plugins/sandbox/types.ts";
import { activation, bundleOf, taskSource } from "./host.ts";

/** What an attack may end in: a failure of that kind, or the data it comes away with. */
type Outcome = string | { readonly got: unknown };

const UNDEFINED = { got: "undefined" };

/** The attacks of the sandbox spike and of the style page, as bodies of a task. */
const ATTACKS: readonly (readonly [name: string, body: string, outcome: Outcome])[] = [
  // Processor time.
  ["a loop", "for (;;);", "fuel"],
  [
    "a loop of microtasks",
    "const again = () => Promise.resolve().then(again); await again();",
    "fuel",
  ],
  ["a loop of awaits", "for (;;) await null;", "fuel"],
  ["a loop of joins", "for (;;) new Array(4e6).join(',');", "fuel"],
  [
    "indexOf over an endless array-like",
    "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);",
    "fuel",
  ],
  ["sorting big typed arrays", "for (;;) new Float64Array(5e5).map(Math.random).sort();", "fuel"],
  [
    "fill and copyWithin",
    "const b = new Uint8Array(4e6); for (;;) { b.fill(1); b.copyWithin(1, 0); }",
    "fuel",
  ],
  ["backtracking of a regular expression", "/^(a+)+$/.test('a'.repeat(40) + 'b');", "fuel"],
  ["multiplication of big integers", "let n = 3n; for (;;) n = n * n % (10n ** 4000n);", "fuel"],
  ["normalisation", "const t = 'é'.repeat(1e5); for (;;) t.normalize('NFD');", "fuel"],
  ["a toJSON that loops", "return ctx.pass({ x: { toJSON() { for (;;); } } });", "fuel"],
  [
    "a getter in the thrown error that loops",
    "throw { get message() { for (;;); }, get stack() { for (;;); }, toString() { for (;;); } };",
    "fuel",
  ],
  ["a then that loops", "return { then() { for (;;); } } as never;", "fuel"],
  [
    "a loop that catches everything",
    "for (;;) { try { for (;;) ctx.data; } catch { continue; } }",
    "fuel",
  ],
  ["a flood of log lines", "for (;;) console.log('x');", "fuel"],
  ["a flood of Date.now", "for (;;) Date.now();", "fuel"],
  ["deep JSON", "JSON.parse('['.repeat(2e5) + ']'.repeat(2e5));", "stack|fuel"],
  [
    "source nested deeply",
    "new Function('return ' + '('.repeat(1e5) + '1' + ')'.repeat(1e5))();",
    "stack|fuel",
  ],
  ["recursion", "const f = (): number => f() + 1; f();", "stack"],
  // Memory.
  ["a bomb of objects", "const all = []; for (;;) all.push({ a: [1, 2, 3] });", "memory|fuel"],
  ["a bomb of buffers", "const all = []; for (;;) all.push(new ArrayBuffer(1e6));", "memory"],
  ["one buffer of a gigabyte", "new ArrayBuffer(2 ** 30);", "memory"],
  ["doubling texts", "let t = 'xxxxxxxxxxxxxxxx'; for (;;) t += t;", "memory|threw"],
  ["a text of 256 MB", "'x'.repeat(2 ** 28);", "memory"],
  // What crosses the wall.
  [
    "ten thousand parallel calls",
    "await Promise.all(Array.from({ length: 1e4 }, (_, n) => ctx.kv.get(String(n))));",
    "calls",
  ],
  ["calls without end", "for (let n = 0; ; n++) await ctx.kv.get(String(n));", "calls"],
  ["a promise that nothing settles", "await new Promise(() => undefined);", "deadlock"],
  [
    "a result of a foreign kind",
    "return { kind: 'returned', result: 'admin' } as never;",
    "protocol",
  ],
  ["a result that is a function", "return (() => 1) as never;", "threw"],
  [
    "a forged result with a prototype",
    'return JSON.parse(\'{"kind":"returned","result":"pass","data":{"__proto__":{"x":1}}}\');',
    { got: undefined },
  ],
  // Reaching out.
  [
    "process through the constructor",
    "return ctx.pass({ got: String(globalThis.constructor.constructor('return typeof process')()) });",
    UNDEFINED,
  ],
  [
    "process through Function",
    "return ctx.pass({ got: String(Function('return typeof process')()) });",
    UNDEFINED,
  ],
  [
    "the constructor of the context's functions",
    "return ctx.pass({ got: String((ctx.pass as any).constructor('return typeof process')()) });",
    UNDEFINED,
  ],
  [
    "the constructor of fetch",
    "return ctx.pass({ got: String(await (fetch as any).constructor('return typeof process')()) });",
    UNDEFINED,
  ],
  [
    "the constructor of an error of the host",
    "try { await ctx.kv.get('fail'); } catch (e: any) { return ctx.pass({ got: String(e.constructor.constructor('return typeof process')()) }); }",
    UNDEFINED,
  ],
  [
    "the stack of an error of the host",
    "try { await ctx.kv.get('fail'); } catch (e: any) { return ctx.pass({ got: /node|work|src|\\.ts/.test(e.stack) }); }",
    { got: false },
  ],
  ["a computed import of a file module", "const m = 'node:' + 'fs'; await import(m);", "threw"],
  ["a computed import of a URL", "const m = 'https:' + '//esm.sh/x'; await import(m);", "threw"],
  ["require", "return ctx.pass({ got: typeof (globalThis as any).require });", UNDEFINED],
  ["Deno", "return ctx.pass({ got: typeof (globalThis as any).Deno });", UNDEFINED],
  ["WebAssembly", "return ctx.pass({ got: typeof (globalThis as any).WebAssembly });", UNDEFINED],
  ["workers", "return ctx.pass({ got: typeof (globalThis as any).Worker });", UNDEFINED],
  ["timers", "return ctx.pass({ got: typeof (globalThis as any).setTimeout });", UNDEFINED],
  ["eval", "return ctx.pass({ got: typeof (globalThis as any).eval });", UNDEFINED],
  [
    "the host's functions",
    "return ctx.pass({ got: Object.getOwnPropertyNames(globalThis).filter((n) => n.startsWith('periplus')) });",
    { got: [] },
  ],
  [
    "waiting on shared memory",
    "const cell = new Int32Array(new ArrayBuffer(8)); (globalThis as any).Atomics.wait(cell, 0, 0);",
    "threw",
  ],
  ["leaving the process", "(globalThis as any).process.exit(1);", "threw"],
  [
    "a direct socket to this machine",
    "const r = await fetch(ctx.data.labels!.url!); return ctx.pass({ got: await r.text() });",
    { got: "from the broker" },
  ],
  // Poisoning what comes after.
  [
    "pollution of prototypes",
    "(Object.prototype as any).owned = true; (Promise.prototype as any).then = null; (JSON as any).parse = null; return ctx.pass();",
    "threw|protocol|deadlock",
  ],
  [
    "its own globals",
    "(globalThis as any).fetch = (globalThis as any).JSON = null; Object.freeze(globalThis); return ctx.pass({ got: 1 });",
    { got: 1 },
  ],
];

let host: SandboxHost;
let neighbour: LoadedPlugin;
let server: Server;
let hits = 0;
let url = "";

beforeAll(async () => {
  host = await workerSandbox({ folder: await mkdtemp(join(tmpdir(), "attacks-")) });
  neighbour = await host.load(
    await bundleOf(
      taskSource(
        "const v = await ctx.kv.get('a'); return ctx.pass({ v, polluted: ({} as any).owned })",
      ),
    ),
  );
  server = createServer((_request, response) => {
    hits++;
    response.end("from the network");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  server.close();
  await host.close();
});

function attacked(): ReturnType<typeof activation> {
  const base = activation((call) => {
    if (call.name === "http") {
      return { url, status: 200, headers: [], body: { text: "from the broker" } };
    }
    return { value: 1 };
  });
  const data = { ...(base.input.event["data"] as object), labels: { url } };
  return {
    ...base,
    input: { ...base.input, event: { ...base.input.event, data } },
    async call(call, signal) {
      const fails = JSON.stringify(call.args).includes('"fail"');
      if (!fails) return base.call(call, signal);
      return { answer: { ok: false, error: { name: "Error", message: "no" } }, now: base.now };
    },
  };
}

function outcomeOf(ended: Ended): string {
  return ended.kind === "failed" ? ended.failure : ended.kind;
}

describe("each attack is stopped and told, and its neighbour goes on", () => {
  test.each(ATTACKS)("%s", async (_name, body, outcome) => {
    const plugin = await host.load(await bundleOf(taskSource(body)));
    const [attack, beside] = await Promise.all([plugin.run(attacked()), neighbour.run(attacked())]);
    if (typeof outcome === "string") {
      expect(outcome.split("|")).toContain(outcomeOf(attack.ended));
      const { message } = attack.ended as Extract<Ended, { kind: "failed" }>;
      expect(message).not.toBe("");
      expect(message).not.toMatch(/node_modules|\/src\/|wasm-function/);
    } else {
      expect(attack.ended).toMatchObject({ kind: "returned" });
      expect((attack.ended as { data?: { got?: unknown } }).data?.got).toEqual(outcome.got);
    }
    const after = await neighbour.run(attacked());
    expect(beside.ended).toEqual({ kind: "returned", result: "pass", data: { v: 1 } });
    expect(after).toEqual(beside);
    expect((await plugin.run(attacked())).ended).toEqual(attack.ended);
    expect(({} as { owned?: boolean }).owned).toBeUndefined();
    expect(hits).toBe(0);
    await plugin.close();
  });
});

test.each([
  ["a result", "return ctx.pass({ t: 'x'.repeat(12e5) });"],
  ["an argument", "await ctx.kv.set('a', 'x'.repeat(12e5));"],
  ["an error's message", "throw new Error('x'.repeat(12e5));"],
  ["a line of the log", "console.log('x'.repeat(12e5));"],
])("%s of over 1 MB does not cross the wall", async (_what, body) => {
  const plugin = await host.load(await bundleOf(taskSource(body, "limits: { fuel: 20_000_000 },")));
  expect(outcomeOf((await plugin.run(attacked())).ended)).toBe("output");
});

test("a stack that the guest made up does no harm", async () => {
  const forged =
    "at a (probe.js:0:0)\\n at b (probe.js:99999999999999999999:1)\\n at nowhere (missing)";
  const body = `const e = new Error("m"); e.stack = "${forged}"; throw e;`;
  const plugin = await host.load(await bundleOf(taskSource(body)));
  const { ended } = await plugin.run(attacked());
  expect(ended).toMatchObject({ kind: "failed", failure: "threw", name: "Error", message: "m" });
});

test.each([
  ["a loop", "const spin = () => { for (;;); };\nspin();", 5],
  ["a loop around calls", "let n = 0;\nfor (;;) n += Math.sqrt(n);", 6],
  ["recursion", "const deeper = (): number =>\n  deeper() + 1;\ndeeper();", 6],
  ["too much memory", "const all = [];\nfor (;;)\n  all.push(new ArrayBuffer(1e6));", 7],
])("%s is told with its line", async (_what, body, line) => {
  const plugin = await host.load(await bundleOf(taskSource(body)));
  const { ended } = await plugin.run(attacked());
  expect(ended).toMatchObject({ kind: "failed", at: { file: "plugin.ts", line } });
});
