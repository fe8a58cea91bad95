/** The demo as a user runs it: twice, and what it says to try next. @module */
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../src/cli/demo/child.ts";
import { findProgram } from "../../src/cli/demo/prometheus.ts";
import { environment, launcher, type Running, serve, start, started } from "../runtime/serve.ts";

const MINUTE = 60_000;
const HAVE_PROMETHEUS = findProgram("prometheus", process.env.PATH ?? "") !== undefined;
const WITHOUT = HAVE_PROMETHEUS ? "" : " (skipped: needs prometheus; apt-get install prometheus)";

let folder: string;
let env: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "periplus-demo-"));
  env = { PERIPLUS_DATA_DIR: join(folder, "data"), PORT: "0" };
});
afterAll(async () => {
  await run("demo", "--remove");
  await run("stop");
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: string[]): Promise<Ran> {
  return runWith({}, ...args);
}

async function runWith(more: Record<string, string>, ...args: string[]): Promise<Ran> {
  const command = [process.execPath, launcher, ...args];
  return start(command, { ...env, ...more }, { cwd: folder }).ended;
}

/** A command line as somebody would paste it. */
function paste(line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      "/bin/sh",
      ["-c", line],
      { cwd: folder, env: environment({}) },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${line}\n${stdout}${stderr}`, { cause: error }));
        else resolve(stdout + stderr);
      },
    );
  });
}

/** Resolves when the output matches. */
async function printed({ child, stdout, ended }: Running, wanted: RegExp): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  while (!wanted.test(stdout())) {
    if (over) throw new Error(`the demo ended without ${wanted}:\n${stdout()}`);
    await Promise.race([once(child.stdout!, "data"), ended]);
  }
}

function pidIn(path: string): number {
  return (JSON.parse(readFileSync(path, "utf8")) as { pid: number }).pid;
}

/** Process id of the plane that a crew keeps running. */
function planeOf(crew: number): number {
  const children = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === crew && args.includes("plane"));
  return Number(children[0]![0]);
}

function expectStory({ code, stdout, stderr }: Ran): void {
  expect([code, stdout + stderr]).toEqual([
    0,
    expect.stringContaining("Everything ended as expected"),
  ]);
  expect(stdout).toMatch(/^granted: .*plugin allow prometheus --http .* --project sockshop$/m);
  expect(stdout).toMatch(/production +delivery +✔ pass/);
  expect(stdout).toMatch(/staging +delivery +✘ fail/);
  expect(stdout).toMatch(/Response time p95 \(ms\) \(key\) .* violates <=250/);
  expect(stdout).toMatch(/production +remediation +✔ pass/);
}

describe("the demo", () => {
  test("runs to its end with the built-in scraper", { timeout: 3 * MINUTE }, async () => {
    const ran = await runWith({ PATH: "/nowhere" }, "demo");
    expectStory(ran);
    expect(ran.stdout).toContain("measured by the built-in scraper");
    expect(ran.stdout).toMatch(/^page http:\S+\/login\?code=\w+$/m);
  });

  test("what it says to try next works as printed", { timeout: 2 * MINUTE }, async () => {
    const ran = await runWith({ PATH: "/nowhere" }, "demo");
    expectStory(ran);
    const lines = ran.stdout.split("To try next:")[1]!.split("\n");
    const commands = lines.filter((_, index) => lines[index - 1]?.startsWith("# "));
    expect(commands).toHaveLength(3);
    const [lowered, hello, gate] = commands as [string, string, string];
    expect(await paste(lowered)).toContain("result pass");
    expect(await paste(hello)).toContain("Hello, carts in dev");
    expect(await paste(gate)).toContain("result pass");
  });

  test("deployments are commits that git shows", async () => {
    const git = join(env.PERIPLUS_DATA_DIR!, "git/sockshop.git");
    const log = await paste(`git --git-dir=${git} log --format=%s staging`);
    expect(log).toContain("deploy ghcr.io/sockshop/carts:0.12.2");
    expect(log).toContain("roll back to ghcr.io/sockshop/carts:0.12.1");
  });

  test.skipIf(!HAVE_PROMETHEUS)(
    `runs again, with a real Prometheus${WITHOUT}`,
    { timeout: 3 * MINUTE },
    async () => {
      const ran = await run("demo");
      expectStory(ran);
      expect(ran.stdout).toContain("measured by Prometheus (");
    },
  );

  test("goes on where it was when host and plane are killed", { timeout: 4 * MINUTE }, async () => {
    const data = join(folder, "killed");
    const own = { ...env, PERIPLUS_DATA_DIR: data, PORT: String(await freePort()) };
    const demo = start([process.execPath, launcher, "demo"], own, { cwd: folder });
    await printed(demo, /staging +test +▶ running/);
    process.kill(pidIn(join(data, "host.json")), "SIGKILL");
    const again = start([process.execPath, launcher, "serve"], own, { cwd: folder });
    await started(again);
    await printed(demo, /2 {2}A slow version[^]*dev +test +▶ running/);
    process.kill(planeOf(pidIn(join(data, "demo/crew.json"))), "SIGKILL");
    expectStory(await demo.ended);
    await runWith(own, "demo", "--remove");
    again.child.kill("SIGTERM");
    await again.ended;
  });

  test(
    "it leaves a project of that name alone that is not its own",
    { timeout: MINUTE },
    async () => {
      const data = join(folder, "other");
      const own = {
        ...env,
        PERIPLUS_DATA_DIR: data,
        PERIPLUS_PLUGINS_DIR: join(folder, "plugins"),
      };
      const host = serve(own);
      const api = await started(host);
      const token = readFileSync(join(data, "token"), "utf8").trim();
      const shipyard = Buffer.from(
        "apiVersion: spec.keptn.sh/0.2.3\nkind: Shipyard\nspec: { stages: [{ name: dev }] }\n",
      ).toString("base64");
      await fetch(`${api}/controlPlane/v1/project`, {
        method: "POST",
        headers: { "x-token": token, "content-type": "application/json" },
        body: JSON.stringify({ name: "sockshop", shipyard }),
      });
      const ran = await runWith({ PERIPLUS_DATA_DIR: data }, "demo");
      host.child.kill("SIGTERM");
      await host.ended;
      expect(ran.code).toBe(1);
      expect(ran.stderr).toMatch(/^periplus: project sockshop exists and is not the demo's/m);
    },
  );
});
