/** The git adapter over both kinds of files, and what git itself says about the result. @module */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/host/adapters/clock/system.ts";
import type { GitFiles } from "../../src/host/adapters/resources/files.ts";
import { createGitResources, type GitResources } from "../../src/host/adapters/resources/git.ts";
import { memoryFiles } from "../../src/host/adapters/resources/memory_files.ts";
import { nodeFiles } from "../../src/host/adapters/resources/node_files.ts";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import type { Store } from "../../src/host/ports/store.ts";
import { HOST_TABLES } from "../../src/host/tables/migrations.ts";
import { put, resourcesSuite, shipyard } from "../contract/resources.ts";

const execute = promisify(execFile);
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "periplus-git-"));
  closers.push(() => rm(path, { recursive: true, force: true }));
  return path;
}
async function openStore(): Promise<Store> {
  const store = await openLibsqlStore({ url: ":memory:", migrations: [HOST_TABLES] });
  closers.push(() => store.close());
  return store;
}
const open = (store: Store, files: GitFiles, directories = false): GitResources =>
  createGitResources({ store, files, clock: systemClock(), log: () => {}, directories });

for (const directories of [false, true]) {
  const layout = directories ? "folders" : "branches";
  for (const [kind, files] of [
    ["memory", async () => memoryFiles()],
    ["disk", async () => nodeFiles(await folder())],
  ] as const) {
    resourcesSuite(`git resources, ${layout}, ${kind}`, directories, async () => {
      const [store, kept] = [await openStore(), await files()];
      const host = () => open(store, kept, directories);
      return { resources: host(), store, second: host };
    });
  }
}

const P = { project: "p" };
const DEV = { ...P, stage: "dev" };

async function project() {
  const root = await folder();
  const store = await openStore();
  const resources = open(store, nodeFiles(root));
  await resources.createProject("p", shipyard("dev", "production"), ["dev", "production"]);
  const gitdir = join(root, "p.git");
  const run = async (...args: string[]) =>
    (await execute("git", ["--git-dir", gitdir, ...args])).stdout.trimEnd();
  return { root, store, resources, gitdir, run };
}

describe("a repository on disk", () => {
  it("is an ordinary one: log, show and fsck work at once", async () => {
    const { resources, run } = await project();
    await resources.createService("p", "carts", ["dev", "production"]);
    const carts = { ...DEV, service: "carts" };
    const { commit } = await resources.write(
      carts,
      [put("slo.yaml", "x: 1\n")],
      "set the objectives",
    );
    expect(await run("log", "--format=%s", "dev")).toBe(
      "set the objectives\nAdded service: carts\ncreated stage\ninitialized project",
    );
    expect(await run("log", "--format=%s", "HEAD")).toBe("Updated resource\ninitialized project");
    expect(await run("rev-parse", "dev")).toBe(commit);
    expect(await run("show", "dev:carts/slo.yaml")).toBe("x: 1");
    expect(await run("log", "-1", "--format=%an <%ae> %cn", "dev")).toBe(
      "keptn <keptn@keptn.sh> keptn",
    );
    expect(await run("fsck", "--strict", "--full")).toBe("");
    expect(await run("branch", "--format=%(refname:short)")).toBe("dev\nmaster\nproduction");
  });

  it("names the author that was configured", async () => {
    const { root, store, run } = await project();
    const author = { name: "Ann <x>\n", email: "ann@example.org" };
    const files = nodeFiles(root);
    const other = createGitResources({ store, files, clock: systemClock(), log: () => {}, author });
    await other.write(DEV, [put("slo.yaml", "x")], "set\n\nwith a body");
    expect(await run("log", "-1", "--format=%an|%ae|%s|%b", "dev")).toBe(
      "Ann x|ann@example.org|set|with a body",
    );
    expect(await run("fsck", "--strict")).toBe("");
  });

  it("stays readable and writable after git packed it", async () => {
    const { root, store, resources, run } = await project();
    const { commit } = await resources.write(DEV, [put("slo.yaml", "one")], "");
    await run("gc", "--quiet", "--prune=now");
    const later = open(store, nodeFiles(root));
    expect(new TextDecoder().decode((await later.read(DEV, "slo.yaml")).content)).toBe("one");
    await later.write(DEV, [put("slo.yaml", "two")], "");
    expect(new TextDecoder().decode((await later.read(DEV, "slo.yaml", commit)).content)).toBe(
      "one",
    );
    await later.repair();
    expect(await run("show", "dev:slo.yaml")).toBe("two");
    expect(await run("fsck", "--strict")).toBe("");
  });

  it("20 parallel writers are 20 commits in one line", async () => {
    const { resources, run } = await project();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => resources.write(DEV, [put(`f${n}`, `${n}`)], `n${n}`)),
    );
    expect((await run("log", "--format=%s", "dev")).split("\n")).toHaveLength(22);
    expect(await run("fsck", "--strict")).toBe("");
  });
});

describe("after a crash", () => {
  const HELLO = "ce013625030ba8dba906f756967f9e9ca394464a";
  const pathOf = (gitdir: string, oid: string) =>
    join(gitdir, "objects", oid.slice(0, 2), oid.slice(2));

  it.each([
    ["empty", 0],
    ["cut", 9],
  ])(
    "object that is %s: it is removed on reading and comes back with the next write",
    async (_, size) => {
      const { root, store, resources, gitdir, run } = await project();
      await resources.write(P, [put("x", "hello\n")], "");
      await truncate(pathOf(gitdir, HELLO), size);
      const later = open(store, nodeFiles(root));
      await expect(later.read(P, "x")).rejects.toMatchObject({ code: "ERR_INVARIANT" });
      await expect(stat(pathOf(gitdir, HELLO))).rejects.toMatchObject({ code: "ENOENT" });
      await later.write(DEV, [put("y", "hello\n")], "");
      expect(new TextDecoder().decode((await later.read(P, "x")).content)).toBe("hello\n");
      expect(await run("fsck", "--strict")).toBe("");
    },
  );

  it("a damaged object is written over, even when nobody noticed it", async () => {
    const { root, store, resources, gitdir, run } = await project();
    await resources.write(P, [put("x", "hello\n")], "");
    await writeFile(pathOf(gitdir, HELLO), "rubbish");
    const later = open(store, nodeFiles(root));
    await later.write(DEV, [put("y", "hello\n")], "");
    expect(await run("fsck", "--strict")).toBe("");
  });

  it("repair removes damaged and incomplete objects, foreign refs and leftover repositories", async () => {
    const { root, store, resources, gitdir, run } = await project();
    const { commit } = await resources.write(P, [put("x", "hello\n")], "");
    await truncate(pathOf(gitdir, HELLO), 5);
    const partial = join(gitdir, "objects", HELLO.slice(0, 2), "tmp_obj_7");
    await writeFile(partial, "half");
    await writeFile(join(gitdir, "refs/heads/master"), `${"0".repeat(40)}\n`);
    await writeFile(join(gitdir, "refs/heads/ghost"), `${commit}\n`);
    const orphan = open(await openStore(), nodeFiles(root));
    await orphan.createProject("gone", shipyard("dev"), ["dev"]);

    await open(store, nodeFiles(root)).repair();
    await expect(stat(pathOf(gitdir, HELLO))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(stat(partial)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await run("rev-parse", "master")).toBe(commit);
    expect(await readdir(join(gitdir, "refs/heads"))).toEqual(["dev", "master", "production"]);
    expect(await readdir(root)).toEqual(["p.git"]);
  });

  it("a write whose heads were not moved leaves the project as it was", async () => {
    const { store, root, resources } = await project();
    const before = await resources.head("p", "dev");
    const failing: Store = {
      read: (statements) => store.read(statements),
      write: () => Promise.reject(new Error("killed")),
      close: () => store.close(),
    };
    const dying = open(failing, nodeFiles(root));
    await expect(dying.write(DEV, [put("x", "1")], "")).rejects.toThrow("killed");
    expect(await resources.head("p", "dev")).toBe(before);
    expect((await resources.list(DEV)).paths).toEqual(["metadata.yaml"]);
    await resources.write(DEV, [put("x", "1")], "");
    expect((await resources.list(DEV)).paths).toEqual(["metadata.yaml", "x"]);
  });

  it("a disk that takes no files changes nothing", async () => {
    const { store, root, resources, gitdir } = await project();
    const before = await readFile(join(gitdir, "refs/heads/dev"), "utf8");
    const unusable = nodeFiles(join(gitdir, "config"));
    const files: GitFiles = { ...nodeFiles(root), write: (written) => unusable.write(written) };
    await expect(open(store, files).write(DEV, [put("x", "1")], "")).rejects.toThrow();
    expect(await readFile(join(gitdir, "refs/heads/dev"), "utf8")).toBe(before);
    expect((await resources.list(DEV)).paths).toEqual(["metadata.yaml"]);
  });
});
