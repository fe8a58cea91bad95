/** A plane against a control plane over HTTP: programs, plugins, restarts, outages. @module */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startPlane } from "../../src/plane/main.ts";
import { readPlaneOptions } from "../../src/plane/options.ts";
import type { JsonObject } from "../../src/spec/json.ts";
import { Keptn } from "./keptn.ts";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function keptn(holds = true): Promise<Keptn> {
  const server = await Keptn.start(holds);
  ends.push(() => server.stop());
  return server;
}

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "plane-"));

async function plane(
  server: Keptn,
  dataDir: string,
  flags: readonly string[],
  env: Record<string, string> = {},
): Promise<() => Promise<void>> {
  const options = readPlaneOptions(["--data-dir", dataDir, ...flags], {
    KEPTN_API_ENDPOINT: server.url,
    KEPTN_API_TOKEN: "token",
    ...env,
  });
  const stop = new AbortController();
  const running = startPlane(options, stop.signal, 100).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  ends.push(end);
  return end;
}

/** Resolves when a file is there: what another process does cannot be awaited otherwise. */
async function exists(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
}

const finished = (server: Keptn): JsonObject[] =>
  server.taken.filter(({ type }) => type.endsWith(".finished")).map(({ event }) => event);
const dataOf = (event: JsonObject | undefined): JsonObject => event?.data as JsonObject;

test("a program gets the event, logs live, and its last line is the data", async () => {
  const server = await keptn();
  const script = `read event; echo "got $KEPTN_PROJECT/$KEPTN_STAGE/$KEPTN_SERVICE $KEPTN_IMAGE $LABELS_TEAM_NAME"; echo '{"test":{"n":1},"message":"well"}'`;
  await plane(server, await folder(), ["--run", `test=${script}`]);
  server.trigger("test", "e1", {
    labels: { "team-name": "a" },
    configurationChange: { values: { image: "shop:1" } },
  });
  await server.until(() => finished(server).length === 1);
  expect(server.types).toEqual(["test.started", "test.status.changed", "test.finished"]);
  expect(dataOf(server.taken[1]!.event).message).toBe("got p/dev/svc shop:1 a");
  expect(finished(server)[0]).toMatchObject({
    source: "periplus-plane",
    triggeredid: "e1",
    data: { project: "p", result: "pass", status: "succeeded", message: "well", test: { n: 1 } },
  });
});

test.each([
  ["exit 0", "pass", "succeeded", undefined],
  ["exit 3", "warning", "succeeded", undefined],
  ["echo broken >&2; exit 1", "fail", "succeeded", "broken (exit code 1)"],
  ["no-such-program-here", "fail", "errored", /not found/],
  ["kill -9 $$", "fail", "errored", "Error: the program was ended by SIGKILL"],
])("program %s: %s, %s", async (command, result, status, message) => {
  const server = await keptn();
  await plane(server, await folder(), ["--run", `test=${command}`]);
  server.trigger("test", "e1");
  await server.until(() => finished(server).length === 1);
  const data = dataOf(finished(server)[0]);
  expect(data).toMatchObject({ result, status });
  if (message === undefined) expect(data).not.toHaveProperty("message");
  else
    expect(data.message).toEqual(
      typeof message === "string" ? message : expect.stringMatching(message),
    );
  expect(server.logs).toHaveLength(status === "errored" ? 1 : 0);
});

test("a restart repeats nothing that was answered, though the event is still listed", async () => {
  const server = await keptn();
  const dir = await folder();
  const log = join(dir, "runs");
  const flags = ["--run", `test=echo run >> ${log}`];
  const end = await plane(server, dir, flags);
  server.trigger("test", "e1");
  await server.until(() => finished(server).length === 1);
  await end();
  await plane(server, dir, flags);
  server.trigger("test", "e2");
  await server.until(() => finished(server).length === 2);
  expect(await readFile(log, "utf8")).toBe("run\nrun\n");
  expect(finished(server).map((event) => event.triggeredid)).toEqual(["e1", "e2"]);
});

test("an answer waits for a host that is away", async () => {
  const server = await keptn();
  const dir = await folder();
  const ready = join(dir, "ready");
  await plane(server, dir, ["--run", `test=while [ ! -e ${ready} ]; do sleep 0.05; done`]);
  server.trigger("test", "e1");
  await server.until(() => server.types.length > 0 || server.registrations > 0);
  server.up = false;
  await writeFile(ready, "");
  await new Promise((resolve) => setTimeout(resolve, 300));
  server.up = true;
  await server.until(() => finished(server).length === 1);
  expect(server.types.filter((type) => type !== "test.status.changed")).toEqual([
    "test.started",
    "test.finished",
  ]);
});

test("an aborted task ends its program with SIGTERM and is not answered", async () => {
  const server = await keptn();
  const dir = await folder();
  const [begun, ended] = [join(dir, "begun"), join(dir, "ended")];
  const script = `trap 'touch ${ended}; exit 0' TERM; touch ${begun}; while true; do sleep 0.05; done`;
  await plane(server, dir, ["--run", `test=${script}`]);
  server.trigger("test", "e1");
  await exists(begun);
  server.close("e1");
  await exists(ended);
  expect(finished(server)).toEqual([]);
});

test("a server without long polls is polled", async () => {
  const server = await keptn(false);
  server.trigger("test", "e1");
  await plane(server, await folder(), ["--run", "test=true"], { HTTP_POLLING_INTERVAL: "1" });
  await server.until(() => finished(server).length === 1);
  server.trigger("test", "e2");
  await server.until(() => finished(server).length === 2);
  expect(finished(server).map((event) => event.triggeredid)).toEqual(["e1", "e2"]);
});

test("filters of subscription and environment are both obeyed", async () => {
  const server = await keptn();
  server.subscriptions.push({
    id: "s1",
    event: "sh.keptn.event.test.triggered",
    filter: { projects: ["p", "q"], stages: [], services: [] },
  });
  server.trigger("test", "e1", { project: "other" });
  server.trigger("test", "e2", { stage: "prod" });
  server.trigger("test", "e3");
  await plane(server, await folder(), ["--run", "test=true"], { STAGE_FILTER: "dev" });
  await server.until(() => finished(server).length === 1);
  expect(finished(server).map((event) => event.triggeredid)).toEqual(["e3"]);
});

test("a plugin folder runs here as in the host", async () => {
  const server = await keptn();
  await plane(server, await folder(), ["--plugins-dir", "plugins"]);
  server.trigger("approval", "e1", { result: "pass", approval: { pass: "automatic" } });
  await server.until(() => finished(server).length === 1);
  expect(finished(server)[0]).toMatchObject({
    source: "approval-service",
    data: { result: "pass", status: "succeeded" },
  });
});

test.each([
  [[], {}, /nothing to execute/],
  [
    ["--run", "a=b", "--allow", "x"],
    { KEPTN_API_ENDPOINT: "http://h" },
    /--allow x: expected PLUGIN=ADDRESS/,
  ],
  [["--run", "x"], {}, /expected TASK=COMMAND/],
  [["--run", "a=b"], {}, /KEPTN_API_ENDPOINT or --endpoint: expected an http or https address/],
  [["--run", "a=b", "--oops"], { KEPTN_API_ENDPOINT: "http://h" }, /--oops/],
  [
    ["--run", "a=b"],
    { KEPTN_API_ENDPOINT: "http://h", HTTP_POLLING_INTERVAL: "soon" },
    /HTTP_POLLING_INTERVAL: expected whole seconds/,
  ],
])("bad options %j are told", (argv, env, message) => {
  expect(() => readPlaneOptions(argv, env)).toThrow(message);
});
