/** The host as a process: what it prints, refuses, and leaves behind. @module */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, existsSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { launcher, root, type Running, serve, start, started } from "./serve.ts";

let folder: string;
let data: string;
let running: Running[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "periplus-host-"));
  data = join(folder, "data");
  running = [];
});
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill("SIGKILL");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

function env(more: Record<string, string> = {}): Record<string, string> {
  return { PERIPLUS_DATA_DIR: data, PERIPLUS_PLUGINS_DIR: folder, PORT: "0", ...more };
}
function run(...args: Parameters<typeof serve>): Running {
  const one = serve(...args);
  running.push(one);
  return one;
}

test("the last start lines say where everything is", { timeout: 60_000 }, async () => {
  const host = run(env());
  const api = await started(host);
  const lines = host.stdout().trimEnd().split("\n");
  expect(lines).toEqual([
    expect.stringMatching(/^Periplus \d+\.\d+\.\d+ ready in \d+ ms$/),
    expect.stringMatching(/^page http:\/\/127\.0\.0\.1:\d+\/login\?code=\w+$/),
    `api ${api}`,
    `token in ${join(data, "token")}`,
    expect.stringMatching(
      /^plugins approval \S+, deploy \S+, lighthouse \S+, prometheus \S+, remediation \S+$/,
    ),
  ]);
  expect(statSync(join(data, "token")).mode & 0o777).toBe(0o600);

  const origin = api.replace(/\/api$/, "");
  for (const path of ["/health", "/livez", "/readyz", "/api/health", "/", "/api"]) {
    expect([path, (await fetch(`${origin}${path}`)).status]).toEqual([path, 200]);
  }
  const page = /^page (\S+)$/m.exec(host.stdout())![1]!;
  expect((await fetch(page, { redirect: "manual" })).headers.get("set-cookie")).toContain(
    "HttpOnly",
  );
  expect((await fetch(page, { redirect: "manual" })).headers.get("set-cookie")).toBeNull();
});

test("a second start has the same data and token", { timeout: 60_000 }, async () => {
  const first = run(env());
  await started(first);
  const token = readFileSync(join(data, "token"), "utf8");
  first.child.kill("SIGTERM");
  expect((await first.ended).code).toBe(0);
  expect(existsSync(join(data, "host.json"))).toBe(false);
  const second = run(env());
  const api = await started(second);
  expect(readFileSync(join(data, "token"), "utf8")).toBe(token);
  const answer = await fetch(`${api}/v1/metadata`, { headers: { "x-token": token.trim() } });
  expect(answer.status).toBe(200);
});

test("a data directory has one host, also after a kill", { timeout: 60_000 }, async () => {
  const first = run(env());
  const api = await started(first);
  // The directory is looked at before the port, which is taken too.
  const port = new URL(api).port;
  const second = await run(env({ PORT: port })).ended;
  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toContain(
    `data directory ${data} is in use by host ${first.child.pid} at http://127.0.0.1:${port}`,
  );
  first.child.kill("SIGKILL");
  await first.ended;
  await started(run(env()));
});

test("a taken port is named, and no other is tried", { timeout: 60_000 }, async () => {
  const other = createServer();
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const host = await run(env({ PORT: String(port) })).ended;
  other.close();
  expect(host).toMatchObject({ code: 1, stdout: "" });
  expect(host.stderr).toContain(`port ${port} on 127.0.0.1 is taken`);
  expect(host.stderr).toContain("PORT=");
});

test.for([
  ["SIGTERM to npm alone", "SIGTERM", false],
  ["SIGINT to the process group, as Ctrl-C does", "SIGINT", true],
] as const)(
  "%s ends the host, which answers who waits",
  { timeout: 60_000 },
  async ([, signal, group]) => {
    const npm = start(["npm", "start"], env(), { detached: true });
    running.push(npm);
    const api = await started(npm);
    const { pid } = JSON.parse(readFileSync(join(data, "host.json"), "utf8")) as { pid: number };
    const headers = { "x-token": readFileSync(join(data, "token"), "utf8").trim() };
    const type = "sh.keptn.event.deployment.triggered";
    const poll = fetch(`${api}/controlPlane/v1/event/triggered/${type}?wait=60s`, { headers });
    const stream = await fetch(`${api}/v1/events/stream`, { headers });
    process.kill(group ? -npm.child.pid! : npm.child.pid!, signal);
    expect((await poll).status).toBe(200);
    await stream.text();
    // npm itself reports Ctrl-C as a failure when it was interrupted, never SIGTERM that it passed on.
    expect((await npm.ended).code).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  },
);

test("periplus stop ends the host of its folder", { timeout: 60_000 }, async () => {
  const host = run(env());
  const api = await started(host);
  const stop = await start([process.execPath, launcher, "stop"], env()).ended;
  expect(stop).toMatchObject({ code: 0, stdout: "" });
  expect(stop.stderr).toContain(`stopped host ${host.child.pid} at ${api}`);
  expect((await host.ended).code).toBe(0);
  const again = await start([process.execPath, launcher, "stop"], env()).ended;
  expect(again.code).toBe(1);
});

test("a backup can be restored elsewhere, and only over nothing", { timeout: 60_000 }, async () => {
  const periplus = (...args: string[]) => [process.execPath, launcher, ...args];
  const file = join(folder, "b.tar");
  const host = run(env());
  const api = await started(host);
  const headers = {
    "x-token": readFileSync(join(data, "token"), "utf8").trim(),
    "content-type": "application/json",
  };
  const shipyard = btoa(
    "apiVersion: spec.keptn.sh/0.2.2\nkind: Shipyard\nmetadata: { name: s }\nspec: { stages: [{ name: dev }] }\n",
  );
  const name = "a-project-with-a-name-that-is-longer-than-tar-headers-take-".repeat(2) + "x";
  const created = await fetch(`${api}/controlPlane/v1/project`, {
    method: "POST",
    headers,
    body: JSON.stringify({ name, shipyard }),
  });
  expect(created.status).toBe(201);
  expect((await start(periplus("backup", file), env()).ended).code).toBe(0);
  const busy = await start(periplus("restore", file), env()).ended;
  expect(busy.stderr).toContain("is in use by host");
  host.child.kill("SIGTERM");
  await host.ended;
  const full = await start(periplus("restore", file), env()).ended;
  expect(full).toMatchObject({ code: 1 });
  expect(full.stderr).toContain("--force");

  const elsewhere = { ...env(), PERIPLUS_DATA_DIR: join(folder, "elsewhere") };
  const damaged = join(folder, "damaged.tar");
  writeFileSync(damaged, readFileSync(file).subarray(0, 100_000));
  expect((await start(periplus("restore", damaged), elsewhere).ended).stderr).toContain("damaged");
  expect(await start(periplus("restore", file), elsewhere).ended).toMatchObject({ code: 0 });
  const restored = await started(run(elsewhere));
  const file1 = await fetch(
    `${restored}/resource-service/v1/project/${name}/stage/dev/resource/metadata.yaml`,
    { headers },
  );
  expect(file1.status).toBe(200);
  const projects = await fetch(`${restored}/controlPlane/v1/project`, { headers });
  expect(await projects.json()).toMatchObject({ projects: [{ projectName: name }] });
});

test.for([
  ["a file in the way", "", "is no folder"],
  ["a place that takes no folders", "/proc/periplus", "cannot be written"],
] as const)("%s: one clear line", { timeout: 60_000 }, async ([, elsewhere, message]) => {
  if (elsewhere === "") writeFileSync(data, "");
  else data = elsewhere;
  const host = await run(env()).ended;
  expect(host).toMatchObject({ code: 1, stdout: "" });
  expect(host.stderr.trimEnd().split("\n")).toEqual([expect.stringContaining(message)]);
  expect(host.stderr).toContain("PERIPLUS_DATA_DIR=");
});

test(
  "an unknown setting and an unknown flag are told with near names",
  { timeout: 60_000 },
  async () => {
    const host = await run(env({ PERIPLUS_HOTS: "::1" }), "--prot", "1").ended;
    expect(host).toMatchObject({ code: 1, stdout: "" });
    expect(host.stderr).toContain("PERIPLUS_HOTS is no setting (did you mean PERIPLUS_HOST");
    expect(host.stderr).toContain("--prot is no flag of serve (did you mean port");
  },
);

test("npm start is the launcher itself, so that signals reach the host", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  expect(scripts.start).toBe("exec node bin/periplus.js serve");
  expect(scripts.demo).toBe("exec node bin/periplus.js demo");
});
