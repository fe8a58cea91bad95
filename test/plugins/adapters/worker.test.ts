import { mkdir, mkdtemp, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { buildWorker } from "../../../src/plugins/adapters/bundler.ts";
import { workerSandbox } from "../../../src/plugins/adapters/worker.ts";
import { activation, bundleOf, taskSource } from "../sandbox/host.ts";

const BODY = "return ctx.pass({ v: await ctx.kv.get('a') })";

test("an image is written once, used at the next start, and made anew when it is damaged", async () => {
  const folder = await mkdtemp(join(tmpdir(), "images-"));
  const images = join(folder, "images");
  const bundle = await bundleOf(taskSource(BODY));
  const results = [];
  for (const damage of [undefined, undefined, 2, 100_000]) {
    if (damage !== undefined) {
      const [name] = await readdir(images);
      await truncate(join(images, name!), damage);
    }
    const host = await workerSandbox({ folder });
    const plugin = await host.load(bundle);
    results.push(await plugin.run(activation(() => ({ value: 1 }))));
    await host.close();
  }
  expect(await readdir(images)).toHaveLength(1);
  expect(results[0]!.ended).toMatchObject({ result: "pass", data: { v: 1 } });
  for (const result of results) expect(result).toEqual(results[0]);
});

test("a thread that dies fails what it ran, and is replaced with its plugins", async () => {
  const folder = await mkdtemp(join(tmpdir(), "worker-"));
  const script = await buildWorker(join(folder, "worker.mjs"));
  // The same thread, but a message of its own makes it die.
  await mkdir(join(folder, "dying"));
  const dying = join(folder, "dying/worker.mjs");
  await writeFile(
    dying,
    `import { parentPort as mortal } from "node:worker_threads";
     mortal.on("message", (batch) => { if (batch.some((m) => m.kind === "answer" && m.settled.answer?.value === "die")) process.exit(3); });
     ${await readFile(script, "utf8")}`,
  );
  const host = await workerSandbox({ folder, entry: pathToFileURL(dying) });
  const plugin = await host.load(await bundleOf(taskSource(BODY)));
  const { ended } = await plugin.run(activation(() => "die"));
  expect(ended).toMatchObject({ kind: "failed", failure: "crash" });
  expect((ended as { message: string }).message).toContain("the thread of the sandboxes ended");
  const again = await plugin.run(activation(() => ({ value: 2 })));
  expect(again.ended).toMatchObject({ result: "pass", data: { v: 2 } });
  await host.close();
});

test("calls of an activation that has failed are told to stop", async () => {
  const host = await workerSandbox({ folder: await mkdtemp(join(tmpdir(), "worker-")) });
  const plugin = await host.load(
    await bundleOf(
      taskSource("void ctx.kv.get('slow'); await ctx.kv.get('fast'); throw new Error('x')"),
    ),
  );
  let stopped: (() => void) | undefined;
  const aborted = new Promise<void>((resolve) => (stopped = resolve));
  const { ended } = await plugin.run({
    ...activation(),
    call: (call, signal) => {
      if (call.index === 1) return Promise.resolve({ answer: { ok: true, value: null }, now: 0 });
      signal.addEventListener("abort", () => stopped?.());
      return new Promise(() => undefined);
    },
  });
  expect(ended).toMatchObject({ failure: "threw" });
  await aborted;
  await host.close();
});
