/** What the wall around plugins costs: events, calls, replay, the quality gate, loading. @module */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundlePlugin } from "../../src/plugins/adapters/bundler.ts";
import { meteredQuickJs } from "../../src/plugins/adapters/metered.ts";
import { workerSandbox } from "../../src/plugins/adapters/worker.ts";
import { createCore } from "../../src/plugins/sandbox/core.ts";
import { createSandboxHost } from "../../src/plugins/sandbox/host.ts";
import type { Bundle, LoadedPlugin, Replayed } from "../../src/plugins/sandbox/types.ts";
import { simulate } from "../../src/plugins/testkit/simulate.ts";
import { activation, bundleOf, EVENT, NOW, taskSource } from "../plugins/sandbox/host.ts";
import { type Figure, quantile } from "./report.ts";

const ROUNDS = 2_000;
const PLUGINS = 100;
const REPLAYED = 100;

/** Figures of the sandbox alone, without store and broker. */
export async function benchSandbox(root: string): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "bench-sandbox-"));
  try {
    const { module, hash } = await meteredQuickJs(folder);
    const inline = createSandboxHost(createCore({ wasm: module }), hash);
    const plain = await inline.load(
      await bundleOf(taskSource("return ctx.pass({ seen: ctx.data })")),
    );
    const event = await timed(ROUNDS, () => plain.run(twoKilobytes()));
    const calls = await inline.load(
      await bundleOf(
        taskSource(
          `for (let n = 0; n < ${REPLAYED}; n++) await ctx.kv.get("key");`,
          `limits: { calls: ${REPLAYED} },`,
        ),
      ),
    );
    const hundredCalls = await timed(100, () => calls.run(activation()));
    const resume = await timed(100, () => calls.run({ ...activation(), replay: journal() }));
    const gate = await timed(30, await hundredObjectives(inline, root));
    await inline.close();
    return [
      { name: "event of 2 KB in the sandbox", value: event, unit: "ms", aim: atMost(0.3) },
      { name: "one capability call, unjournaled", value: hundredCalls / REPLAYED, unit: "ms" },
      { name: `resume over ${REPLAYED} answered calls`, value: resume, unit: "ms" },
      { name: "evaluation of 100 objectives, lighthouse whole", value: gate, unit: "ms" },
      ...(await threadFigures(folder)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function atMost(value: number): NonNullable<Figure["aim"]> {
  return { is: "atMost", value };
}

/** Median milliseconds of one run, after a warm-up. */
async function timed(rounds: number, run: () => Promise<unknown>): Promise<number> {
  for (let round = 0; round < rounds / 10; round++) await run();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return quantile(times, 0.5);
}

function twoKilobytes(): ReturnType<typeof activation> {
  const list = Array.from({ length: 20 }, (_, n) => ({ name: `value-${n}`, text: "x".repeat(70) }));
  const event = { ...EVENT, data: { ...EVENT.data, list } };
  return activation(undefined, { input: { event, props: {}, config: {}, secrets: {} } });
}

function journal(): Replayed[] {
  return Array.from({ length: REPLAYED }, (_, index) => ({
    index,
    name: "kv.get",
    args: { key: "key" },
    answer: { ok: true, value: null },
    now: NOW + index,
  }));
}

async function hundredObjectives(
  host: { load(bundle: Bundle): Promise<LoadedPlugin> },
  root: string,
): Promise<() => Promise<unknown>> {
  const lighthouse = await host.load(await bundlePlugin(join(root, "plugins/lighthouse")));
  const names = Array.from({ length: 100 }, (_, n) => `sli_${n}`);
  const objectives = names.map(
    (name) =>
      `  - sli: ${name}\n    pass: [{ criteria: ["<=100", "<+10%"] }]\n    warning: [{ criteria: ["<=200"] }]`,
  );
  const slo = `spec_version: "1.0"\ncomparison: { aggregate_function: avg }\nobjectives:\n${objectives.join("\n")}\ntotal_score: { pass: "90%", warning: "75%" }\n`;
  const values = names.map((metric, n) => ({ metric, value: n, success: true }));
  const times = { start: "2024-05-01T09:00:00.000Z", end: "2024-05-01T09:05:00.000Z" };
  return async () => {
    const run = await simulate(lighthouse, {
      data: { evaluation: times },
      config: { provider: "prometheus" },
      files: { "slo.yaml": slo },
      projectFiles: {
        "prometheus/sli.yaml": `indicators:\n${names.map((name) => `  ${name}: up\n`).join("")}`,
      },
      answers: { "get-sli": [{ data: { "get-sli": { ...times, indicatorValues: values } } }] },
    });
    if (run.result !== "pass") throw new Error(`the gate said ${run.result}: ${run.message}`);
  };
}

async function threadFigures(folder: string): Promise<Figure[]> {
  const bundles = await Promise.all(
    Array.from({ length: PLUGINS }, (_, n) =>
      bundleOf(taskSource(`return ctx.pass({ n: ${n}, seen: ctx.data })`), "probe"),
    ),
  );
  const first = await workerSandbox({ folder });
  for (const bundle of bundles) await first.load(bundle);
  await first.close();
  const began = performance.now();
  const before = process.memoryUsage().rss;
  const thread = await workerSandbox({ folder });
  const plugins = await Promise.all(bundles.map((bundle) => thread.load(bundle)));
  const start = performance.now() - began;
  await Promise.all(plugins.map((plugin) => plugin.run(twoKilobytes())));
  const memory = (process.memoryUsage().rss - before) / 2 ** 20;
  const event = await timed(ROUNDS, () => plugins[0]!.run(twoKilobytes()));
  const many = performance.now();
  await Promise.all(Array.from({ length: ROUNDS }, (_, n) => plugins[n % 4]!.run(twoKilobytes())));
  const rate = (1_000 * ROUNDS) / (performance.now() - many);
  const beside = await besideLoop(thread, plugins[0]!);
  await thread.close();
  return [
    {
      name: `start of ${PLUGINS} plugins with frozen images`,
      value: start,
      unit: "ms",
      aim: atMost(1_500),
    },
    {
      name: `memory of ${PLUGINS} plugins that ran once`,
      value: memory,
      unit: "MB",
      aim: atMost(250),
    },
    { name: "event of 2 KB through the thread", value: event, unit: "ms" },
    { name: "events of 2 KB through the thread", value: rate, unit: "1/s" },
    {
      name: "the same beside a plugin that loops, p99",
      value: beside,
      unit: "ms",
      aim: atMost(100),
    },
  ];
}

async function besideLoop(
  host: { load(bundle: Bundle): Promise<LoadedPlugin> },
  plugin: LoadedPlugin,
): Promise<number> {
  const loop = await host.load(await bundleOf(taskSource("for (;;);")));
  const until = { over: false };
  const loops = Array.from({ length: 4 }, async () => {
    while (!until.over) await loop.run(activation());
  });
  const times: number[] = [];
  for (let round = 0; round < 200; round++) {
    const began = performance.now();
    await plugin.run(twoKilobytes());
    times.push(performance.now() - began);
  }
  until.over = true;
  await Promise.all(loops);
  return quantile(times, 0.99);
}
