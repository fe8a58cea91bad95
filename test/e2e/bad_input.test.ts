/** Bad input as a user meets it: one clear error each, nothing half-done, the host stays up. @module */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { residentMb } from "../bench/host.ts";
import { type Running, serve, started } from "../runtime/serve.ts";

const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.3
kind: Shipyard
metadata: { name: p }
spec:
  stages:
    - name: dev
      sequences: [{ name: delivery, tasks: [{ name: work }] }, { name: judged, tasks: [{ name: evaluation }] }]
`;
const STACK = /^\s+at .*[:(]\d+|node:internal|\/src\/host\//m;
const CONTROL = "/controlPlane/v1";
const RESOURCE = "/resource-service/v1/project/p/resource";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

interface Answer {
  readonly status: number;
  readonly text: string;
}
interface Host {
  readonly running: Running;
  readonly folder: string;
  readonly data: string;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  end(): Promise<string>;
}

const everything: string[] = [];

async function open(data?: string, env: Record<string, string> = {}): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), "periplus-bad-"));
  const place = data ?? join(folder, "data");
  const running = serve({
    PORT: "0",
    PERIPLUS_DATA_DIR: place,
    PERIPLUS_PLUGINS_DIR: join(folder, "plugins"),
    ...env,
  });
  const api = await started(running);
  const token = readFileSync(join(place, "token"), "utf8").trim();
  return {
    running,
    folder,
    data: place,
    async call(method, path, body, headers = {}) {
      const answer = await fetch(`${api}${path}`, {
        method,
        headers: { "x-token": token, "content-type": "application/json", ...headers },
        ...(body === undefined
          ? {}
          : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      everything.push(text);
      return { status: answer.status, text };
    },
    async end() {
      running.child.kill("SIGTERM");
      const { stdout, stderr } = await running.ended;
      rmSync(folder, { recursive: true, force: true });
      everything.push(stdout, stderr);
      return stdout + stderr;
    },
  };
}

async function project({ call }: Host): Promise<void> {
  const made = await call("POST", `${CONTROL}/project`, { name: "p", shipyard: base64(SHIPYARD) });
  expect(made.status, made.text).toBe(201);
  await call("POST", `${CONTROL}/project/p/service`, { serviceName: "carts" });
}

const event = (data: object = {}, type = "dev.delivery.triggered"): object => ({
  ...{ type: `sh.keptn.event.${type}`, source: "test", specversion: "1.0" },
  data: { project: "p", stage: "dev", service: "carts", ...data },
});
const files = (resourceURI: string): object => ({
  resources: [{ resourceURI, resourceContent: base64("x") }],
});
const made = (shipyard: string): object => ({ name: "q", shipyard: base64(shipyard) });

/** Starts a host that shall refuse to start. */
async function refusedStart(env: Record<string, string>, ...flags: string[]) {
  const { code, stdout, stderr } = await serve(env, ...flags).ended;
  everything.push(stdout, stderr);
  return { code, stderr };
}

describe("a running host", { timeout: 60_000 }, () => {
  let host: Host;
  beforeAll(async () => {
    host = await open();
    await project(host);
  }, 60_000);
  afterAll(() => host?.end());

  test.each<[string, string, string, unknown, number, RegExp]>([
    ["malformed JSON", "POST", "/v1/event", '{"a": ', 400, /JSON/],
    [
      "malformed JSON",
      "POST",
      `${CONTROL}/project`,
      "{nope",
      400,
      /Invalid request format: .*JSON/,
    ],
    ["an unknown project", "GET", `${CONTROL}/project/none`, undefined, 404, /none/],
    [
      "a shipyard that is no YAML",
      "POST",
      `${CONTROL}/project`,
      made("a: [b"),
      400,
      /could not unmarshal provided shipyard.*:\d+/s,
    ],
    [
      "a shipyard of an unknown version",
      "POST",
      `${CONTROL}/project`,
      made(SHIPYARD.replace("0.2.3", "0.1.0")),
      400,
      /0\.1\.0|0\.2/,
    ],
    [
      "a shipyard without stages",
      "POST",
      `${CONTROL}/project`,
      made("apiVersion: spec.keptn.sh/0.2.3\nkind: Shipyard\nspec: {}\n"),
      400,
      /stage/,
    ],
    ["no event but a list", "POST", "/v1/event", "[1]", 400, /object/],
    [
      "a number for a text",
      "POST",
      "/v1/event",
      { ...event(), source: 1 },
      400,
      /source must be a string/,
    ],
    ["an escape", "POST", RESOURCE, files("../../x"), 400, /invalid resource uri/],
    [
      "an encoded escape",
      "GET",
      `${RESOURCE}/..%252F..%252Fx`,
      undefined,
      400,
      /invalid resource uri/,
    ],
    [".git", "POST", RESOURCE, files(".git/config"), 400, /invalid resource uri/],
    [".git below", "POST", RESOURCE, files("a/.GIT/hooks/x"), 400, /invalid resource uri/],
  ])("%s: %s %s", async (_name, method, path, body, status, said) => {
    const answer = await host.call(method, path, body);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(said)]);
    expect(JSON.parse(answer.text)).toMatchObject({ message: expect.any(String) });
    expect((await host.call("GET", `${CONTROL}/project/q`)).status).toBe(404);
  });

  test("wrong types in event data are told in the answer", async () => {
    const { status, text } = await host.call("POST", "/v1/event", event({ labels: { build: 1 } }));
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      refused: { rule: "cannot decode", message: expect.stringContaining("data.labels") },
    });
  });

  test("an SLO that cannot be read fails its evaluation and says where", async () => {
    const slo = { resourceURI: "slo.yaml", resourceContent: base64("objectives: [") };
    const path = "/resource-service/v1/project/p/stage/dev/service/carts/resource";
    expect((await host.call("POST", path, { resources: [slo] })).status).toBe(201);
    const judged = event({ evaluation: { timeframe: "5m" } }, "dev.judged.triggered");
    const { keptnContext } = JSON.parse((await host.call("POST", "/v1/event", judged)).text) as {
      keptnContext: string;
    };
    const query = `/mongodb-datastore/event?keptnContext=${keptnContext}&type=sh.keptn.event.evaluation.finished`;
    await vi.waitFor(
      async () => {
        const { text } = await host.call("GET", query);
        expect(JSON.parse(text)).toMatchObject({
          events: [{ data: { result: "fail", message: expect.stringMatching(/slo|SLO/) } }],
        });
      },
      { timeout: 10_000, interval: 50 },
    );
  });

  test("a body without end is refused", async () => {
    const { status, text } = await host.call("POST", "/v1/event", event({ x: "x".repeat(12e6) }));
    expect([status, text]).toEqual([413, expect.stringMatching(/\d+.*(MB|MiB|bytes)/)]);
  });

  test("a wrong token is refused, then limited; the right one never", async () => {
    const statuses: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const wrong = await host.call("GET", `${CONTROL}/project`, undefined, { "x-token": "wrong" });
      statuses.push(wrong.status);
      expect(JSON.parse(wrong.text)).toMatchObject({ message: expect.any(String) });
    }
    expect(statuses[0]).toBe(401);
    expect(statuses).toContain(429);
    expect((await host.call("GET", `${CONTROL}/project`)).status).toBe(200);
  });

  test("thousands of events at once are all answered, in bounded memory", async () => {
    const flood = Array.from({ length: 4_000 }, (_, number) => {
      const one = event({ service: `s${number % 50}`, padding: "x".repeat(1_000) });
      return host.call("POST", "/v1/event", one);
    });
    const statuses = new Map<number, number>();
    for (const { status } of await Promise.all(flood)) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].filter((status) => ![200, 429, 503].includes(status))).toEqual([]);
    expect(residentMb(host.running.child.pid!)).toBeLessThan(700);
    expect((await host.call("GET", "/health")).status).toBe(200);
  });
});

describe(
  "a host that cannot start says why, and leaves no other trace",
  { timeout: 60_000 },
  () => {
    let folder: string;
    beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "periplus-start-"))));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const env = (more: Record<string, string> = {}): Record<string, string> => ({
      PORT: "0",
      PERIPLUS_DATA_DIR: join(folder, "data"),
      ...more,
    });

    test("an unknown setting lists near names", async () => {
      const { code, stderr } = await refusedStart(env({ PERIPLUS_DATADIR: "x" }));
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/PERIPLUS_DATADIR.*PERIPLUS_DATA_DIR/s),
      ]);
    });

    test.each([
      ["PORT", "ninety", /PORT.*a port number, 0 to 65535/],
      ["NATS_URL", "nowhere", /NATS_URL.*nats:/],
      ["SECRET_TOKEN", "x", /SECRET_TOKEN.*at least 8 characters/],
    ])("%s=%s says what would be right", async (name, value, said) => {
      const { code, stderr } = await refusedStart(env({ [name]: value }));
      expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    });

    test("a taken port is named with the way out", async () => {
      const taken = createServer().listen(0, "127.0.0.1");
      await once(taken, "listening");
      const { port } = taken.address() as { port: number };
      const { code, stderr } = await refusedStart(env({ PORT: String(port) }));
      taken.close();
      expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`${port}.*PORT=`, "s"))]);
    });

    test("a data directory in use names its host", async () => {
      const host = await open();
      const { code, stderr } = await refusedStart(env({ PERIPLUS_DATA_DIR: host.data }));
      const { pid } = host.running.child;
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(new RegExp(`${host.data} is in use by host ${pid} at http`)),
      ]);
      expect((await host.call("GET", `${CONTROL}/project`)).status).toBe(200);
      await host.end();
    });

    test("a data directory that is a file", async () => {
      const file = join(folder, "file");
      writeFileSync(file, "");
      const { code, stderr } = await refusedStart(env({ PERIPLUS_DATA_DIR: file }));
      expect([code, stderr]).toEqual([1, expect.stringContaining(file)]);
    });
  },
);

/** A small file system of its own, where the machine allows it. */
function mount(options: string): string | undefined {
  const place = mkdtempSync(join(tmpdir(), "periplus-disk-"));
  chmodSync(place, 0o777);
  const ran = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place]);
  if (ran.status === 0) return place;
  rmSync(place, { recursive: true });
  return undefined;
}
function unmount(place: string): void {
  spawnSync("umount", ["-l", place]);
  rmSync(place, { recursive: true, force: true });
}
const probe = mount("size=64k");
if (probe) unmount(probe);
const without = probe ? "" : " (skipped: needs root and mount, to make a small disk)";

describe.skipIf(!probe)(`disks${without}`, { timeout: 60_000 }, () => {
  test("a read-only one is refused by name", async () => {
    const disk = mount("size=1m")!;
    mkdirSync(join(disk, "data"));
    spawnSync("mount", ["-o", "remount,ro", disk]);
    const env = { PORT: "0", PERIPLUS_DATA_DIR: join(disk, "data") };
    const { code, stderr } = await refusedStart(env);
    unmount(disk);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/read-only|cannot be written/)]);
    expect(stderr).toContain("PERIPLUS_DATA_DIR=");
  });

  test("a full one: events are refused until there is room, and none is half-taken", async () => {
    const disk = mount("size=6m")!;
    const host = await open(join(disk, "data"));
    await project(host);
    let accepted = 0;
    let refused: Answer | undefined;
    for (let number = 0; number < 400 && !refused; number++) {
      const answer = await host.call("POST", "/v1/event", event({ padding: "x".repeat(50_000) }));
      if (answer.status === 200) accepted++;
      else refused = answer;
    }
    expect([refused?.status, refused?.text]).toEqual([
      507,
      expect.stringMatching(/the disk is full: free some space/),
    ]);
    expect((await host.call("GET", `${CONTROL}/project/p`)).status).toBe(200);
    spawnSync("mount", ["-o", "remount,size=64m", disk]);
    expect((await host.call("POST", "/v1/event", event())).status).toBe(200);
    const path = `/mongodb-datastore/event?project=p&type=sh.keptn.event.dev.delivery.triggered&pageSize=1`;
    const { totalCount } = JSON.parse((await host.call("GET", path)).text) as {
      totalCount: number;
    };
    await host.end();
    unmount(disk);
    expect(totalCount).toBe(accepted + 1);
  });
});

test("no answer and no output holds a stack trace", () => {
  expect(everything.length).toBeGreaterThan(20);
  expect(everything.filter((text) => STACK.test(text))).toEqual([]);
});
