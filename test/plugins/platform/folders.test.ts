/** Plugin folders on disk: two roots, hot reload, broken plugins. @module */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { cachedBundles } from "../../../src/plugins/adapters/bundle_cache.ts";
import { loadFolders, watchFolders } from "../../../src/plugins/adapters/folder_platform.ts";
import { grantFile } from "../../../src/plugins/adapters/grant_file.ts";
import { hashPlugin, type PluginRoots } from "../../../src/plugins/adapters/plugin_roots.ts";
import type { SandboxHost } from "../../../src/plugins/sandbox/types.ts";
import { inlineSandbox } from "../sandbox/host.ts";
import { Bench } from "./bench.ts";

let sandbox: SandboxHost;
const ends: (() => void)[] = [];
beforeAll(async () => {
  sandbox = await inlineSandbox();
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
});
afterAll(() => sandbox.close());

const source = (name: string, version: string): string =>
  `import { definePlugin } from "periplus/plugin";
export default definePlugin({ name: "${name}", version: "${version}", api: 1,
  tasks: { async hello(ctx) { return ctx.pass({ version: "${version}" }); } } });
`;

async function install(root: string, name: string, text: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "plugin.ts"), text);
  return folder;
}

async function setUp(): Promise<{ bench: Bench; roots: PluginRoots; dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), "roots-"));
  await mkdir(join(dir, "shipped"));
  await mkdir(join(dir, "user"));
  const bench = await Bench.folders({ sandbox, folders: [] });
  const bundle = cachedBundles(join(dir, "bundles"), "test", dir);
  return { bench, dir, roots: { shipped: join(dir, "shipped"), user: join(dir, "user"), bundle } };
}

/** Resolves when a line was logged. */
async function logged(bench: Bench, line: RegExp): Promise<void> {
  while (!bench.lines.some((one) => line.test(one))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("a user's plugin replaces the shipped one, loudly", async () => {
  const { bench, roots } = await setUp();
  await install(roots.shipped, "hello", source("hello", "1.0.0"));
  await install(roots.user, "hello", source("hello", "2.0.0"));
  await loadFolders(bench.platform, roots);
  expect(await bench.platform.list()).toMatchObject([
    { name: "hello", version: "2.0.0", shipped: false, replacesShipped: true, state: "ready" },
  ]);
  expect(bench.lines).toContain("warn plugin hello 2.0.0 loaded (replaces the shipped one)");
});

test("in a clone a plugin is shipped only with the hash of the build", async () => {
  const { bench, dir, roots } = await setUp();
  const folder = await install(roots.user, "hello", source("hello", "1.0.0"));
  await install(roots.user, "own", source("own", "1.0.0"));
  const clone = { ...roots, shipped: roots.user, hashes: { hello: await hashPlugin(folder) } };
  await loadFolders(bench.platform, clone);
  const shipped = async () =>
    (await bench.platform.list()).map(({ name, shipped: yes }) => [name, yes]);
  expect(await shipped()).toEqual([
    ["hello", true],
    ["own", false],
  ]);
  await writeFile(join(dir, "user/hello/plugin.ts"), source("hello", "1.0.1"));
  await loadFolders(bench.platform, clone);
  expect(await shipped()).toEqual([
    ["hello", false],
    ["own", false],
  ]);
});

test("saved, broken, mended, removed: the running host follows", async () => {
  const { bench, dir, roots } = await setUp();
  await loadFolders(bench.platform, roots);
  const failed = (what: string, error: unknown): void =>
    void bench.lines.push(`${what}: ${String(error)}`);
  ends.push(watchFolders(bench.platform, { roots, grants: join(dir, "grants.yaml"), failed }));
  const folder = await install(roots.user, "hello", source("hello", "1.0.0"));
  await logged(bench, /plugin hello 1\.0\.0 loaded/);
  await bench.trigger("hello.triggered");
  await bench.quiet();
  expect(bench.last("hello.finished").data).toMatchObject({ version: "1.0.0" });

  await writeFile(join(folder, "plugin.ts"), "export default {\n  nonsense(;\n};\n");
  await logged(
    bench,
    /error plugin hello does not load: user\/hello\/plugin\.ts:2:\d+.*version 1\.0\.0 goes on/,
  );
  expect(await bench.platform.read("hello")).toMatchObject({
    version: "1.0.0",
    error: expect.stringMatching(/user\/hello\/plugin\.ts:2:\d+/) as string,
  });
  await bench.trigger("hello.triggered");
  await bench.quiet();
  expect(bench.sent().filter((line) => line === "hello.finished pass")).toHaveLength(2);

  await writeFile(join(folder, "plugin.ts"), source("hello", "2.0.0"));
  await logged(bench, /plugin hello 2\.0\.0 reloaded/);
  await rm(folder, { recursive: true });
  await logged(bench, /plugin hello removed/);
  await bench.trigger("hello.triggered");
  await bench.quiet();
  expect(bench.sent()).toHaveLength(4);
});

test("a single file is a plugin, a folder of another name is none", async () => {
  const { bench, roots } = await setUp();
  await writeFile(join(roots.user, "hello.ts"), source("hello", "1.0.0"));
  await install(roots.user, "other", source("else", "1.0.0"));
  await loadFolders(bench.platform, roots);
  expect(await bench.platform.list()).toMatchObject([
    { name: "hello", state: "ready" },
    { name: "other", state: "broken", error: expect.stringMatching(/calls itself else/) as string },
  ]);
});

test("grants are kept in a file that people can edit", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "grants-")), "grants.yaml");
  const grants = grantFile(file);
  expect(await grants.read()).toEqual({});
  const wanted = { argo: [{ project: "p", http: ["10.0.0.0/8"] }, { secrets: ["argo"] }] };
  await grants.write(wanted);
  expect(await grants.read()).toEqual(wanted);
  await writeFile(file, "argo:\n  - http: [nonsense]\n");
  await expect(grants.read()).rejects.toThrow(/grants\.yaml:2:\d+ .*origin, host:port or CIDR/s);
});
