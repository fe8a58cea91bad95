/** A plane process that is killed at any moment. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Keptn } from "./keptn.ts";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function start(keptn: Keptn, dir: string, command: string): ChildProcess {
  const args = ["bin/periplus.js", "plane", "--data-dir", dir, "--run", `test=${command}`];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, KEPTN_API_ENDPOINT: keptn.url, KEPTN_API_TOKEN: "t" },
    stdio: "ignore",
  });
  ends.push(() => kill(child));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

test("killed while a program runs, and right after its answer: each task is answered once", async () => {
  const keptn = await Keptn.start();
  ends.push(() => keptn.stop());
  const dir = await mkdtemp(join(tmpdir(), "plane-kill-"));
  const go = join(dir, "go");
  const command = `touch ${dir}/begun; while [ ! -e ${go} ]; do sleep 0.05; done; echo '{}'`;
  const first = start(keptn, dir, command);
  keptn.trigger("test", "e1");
  while (!existsSync(join(dir, "begun"))) await new Promise((resolve) => setTimeout(resolve, 20));
  await kill(first);
  const second = start(keptn, dir, `touch ${go}; ${command}`);
  await keptn.until(() => keptn.types.includes("test.finished"));
  await kill(second);
  start(keptn, dir, command);
  keptn.trigger("test", "e2");
  await keptn.until(() => keptn.types.filter((type) => type === "test.finished").length === 2);
  expect(keptn.taken.map(({ type, event }) => `${type} ${String(event.triggeredid)}`)).toEqual([
    "test.started e1",
    "test.finished e1",
    "test.started e2",
    "test.finished e2",
  ]);
}, 60_000);
