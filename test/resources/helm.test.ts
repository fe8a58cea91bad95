/** Helm charts go in packed, lie in git unpacked, and come out packed. @module */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/host/adapters/clock/system.ts";
import { createGitResources } from "../../src/host/adapters/resources/git.ts";
import { memoryFiles } from "../../src/host/adapters/resources/memory_files.ts";
import { writeTar } from "../../src/host/adapters/resources/tar.ts";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import type { Resources } from "../../src/host/ports/resources.ts";
import type { Store } from "../../src/host/ports/store.ts";
import { HOST_TABLES } from "../../src/host/tables/migrations.ts";
import { put, shipyard } from "../contract/resources.ts";

const execute = promisify(execFile);
const CARTS = { project: "p", stage: "dev", service: "carts" };
const LONG = `templates/${"deep/".repeat(25)}file.yaml`;
const CHART = { "Chart.yaml": "name: carts\n", "templates/a.yaml": "a: 1\n", [LONG]: "b: 2\n" };

let folder: string;
let store: Store;
let resources: Resources;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "periplus-helm-"));
  store = await openLibsqlStore({ url: ":memory:", migrations: [HOST_TABLES] });
  const clock = systemClock();
  resources = createGitResources({ store, files: memoryFiles(), clock, log: () => {} });
  await resources.createProject("p", shipyard("dev"), ["dev"]);
  await resources.createService("p", "carts", ["dev"]);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the machine's own tar makes of the files, below a top folder. */
async function pack(top: string, files: Record<string, string>, ...flags: string[]) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, top, path)), { recursive: true });
    await writeFile(join(folder, top, path), text);
  }
  await execute("tar", [...flags, "-czf", "chart.tgz", top], { cwd: folder });
  return readFile(join(folder, "chart.tgz"));
}
async function unpack(content: Uint8Array): Promise<string> {
  await writeFile(join(folder, "out.tgz"), content);
  return (await execute("tar", ["-xzOf", "out.tgz"], { cwd: folder })).stdout;
}
const upload = (content: Uint8Array) =>
  resources.write(CARTS, [{ path: "helm/carts.tgz", content }], "");
const paths = async () =>
  (await resources.list(CARTS)).paths.filter((path) => path.startsWith("helm/"));

describe("a Helm chart", () => {
  it.each([
    ["gnu", "--format=gnu"],
    ["pax", "--format=pax"],
    ["ustar", "--format=ustar"],
  ])("packed as %s lies unpacked under the name of the archive", async (_, flag) => {
    await upload(await pack("some-chart", CHART, flag));
    expect(await paths()).toEqual([
      "helm/carts/Chart.yaml",
      "helm/carts/templates/a.yaml",
      `helm/carts/${LONG}`,
    ]);
    const file = await resources.read(CARTS, `helm/carts/${LONG}`);
    expect(new TextDecoder().decode(file.content)).toBe("b: 2\n");
  });

  it("comes out packed, the same each time, and readable to tar", async () => {
    await upload(await pack("carts", CHART));
    const [first, second] = [
      await resources.read(CARTS, "helm/carts.tgz"),
      await resources.read(CARTS, "helm/carts.tgz"),
    ];
    expect(first.content).toEqual(second.content);
    expect(await unpack(first.content)).toBe("name: carts\na: 1\nb: 2\n");
    await upload(first.content);
    expect(await paths()).toHaveLength(3);
  });

  it("replaces the one before, and goes with its archive's name", async () => {
    await upload(await pack("carts", CHART));
    await rm(join(folder, "carts"), { recursive: true });
    await upload(await pack("carts", { "Chart.yaml": "name: new\n" }));
    expect(await paths()).toEqual(["helm/carts/Chart.yaml"]);
    await resources.write(CARTS, [put("helm/carts.tgz", null)], "");
    expect(await paths()).toEqual([]);
    const gone = resources.read(CARTS, "helm/carts.tgz");
    await expect(gone).rejects.toMatchObject({ code: "ERR_RESOURCE_UNKNOWN" });
  });

  it.each([
    ["no gzip", "ERR_FILE_INVALID", new TextEncoder().encode("rubbish")],
    ["no tar", "ERR_FILE_INVALID", gzipSync(Buffer.alloc(1024, "x"))],
    ["empty", "ERR_FILE_INVALID", gzipSync(Buffer.alloc(1024))],
    [
      "a file beside the folder",
      "ERR_FILE_INVALID",
      gzipSync(writeTar([{ path: "Chart.yaml", content: new Uint8Array() }])),
    ],
    [
      "a way out",
      "ERR_RESOURCE_URI",
      gzipSync(writeTar([{ path: "carts/../../x", content: new Uint8Array() }])),
    ],
  ])("that is %s is refused as a whole", async (_, code, content) => {
    await expect(upload(content)).rejects.toMatchObject({ code });
    expect(await paths()).toEqual([]);
  });

  it("other archives stay what they are", async () => {
    const content = new TextEncoder().encode("whatever");
    await resources.write(CARTS, [{ path: "job/data.tgz", content }], "");
    expect((await resources.read(CARTS, "job/data.tgz")).content).toEqual(content);
  });
});
