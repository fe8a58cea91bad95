/** What every adapter of the port Resources has to do. @module */
import { describe, expect, it } from "vitest";
import type { Level, Resources } from "../../src/host/ports/resources.ts";
import { GuardFailed, type Store } from "../../src/host/ports/store.ts";
import { insertProject, readProject, selectProject } from "../../src/host/tables/project_table.ts";
import { insertService } from "../../src/host/tables/service_table.ts";

export interface ResourcesUnderTest {
  readonly resources: Resources;
  readonly store: Store;
  /** Another host over the same store and files. */
  second(): Resources;
}

const SHIPYARD = shipyard("dev", "production");
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (content: Uint8Array): string => new TextDecoder().decode(content);

export function shipyard(...stages: string[]): string {
  const lines = stages.map((name) => `  - name: ${name}\n    sequences: []\n`);
  return `apiVersion: spec.keptn.sh/0.2.3\nkind: Shipyard\nmetadata:\n  name: s\nspec:\n  stages:\n${lines.join("")}`;
}

export function put(path: string, text: string | null) {
  return { path, content: text === null ? null : encode(text) };
}

/** `directories`: whether new projects get a folder per stage. */
export function resourcesSuite(
  name: string,
  directories: boolean,
  open: () => Promise<ResourcesUnderTest>,
): void {
  const start = async (): Promise<ResourcesUnderTest> => {
    const opened = await open();
    const row = { name: "p", shipyard: SHIPYARD, created: 1, body: {} };
    await opened.resources.createProject(
      "p",
      SHIPYARD,
      ["dev", "production"],
      [insertProject(row)],
    );
    return opened;
  };
  const text = async (resources: Resources, level: Level, path: string, commit?: string) =>
    decode((await resources.read(level, path, commit)).content);
  const P = { project: "p" };
  const DEV = { ...P, stage: "dev" };
  const CARTS = { ...DEV, service: "carts" };

  describe(name, () => {
    it("begins with the files that Keptn writes", async () => {
      const { resources } = await start();
      expect((await resources.list(P)).paths).toEqual(["metadata.yaml", "shipyard.yaml"]);
      expect((await resources.list(DEV)).paths).toEqual(["metadata.yaml"]);
      expect(await text(resources, P, "shipyard.yaml")).toBe(SHIPYARD);
      expect(await text(resources, P, "metadata.yaml")).toMatch(
        new RegExp(
          `^projectName: p\ncreationTimestamp: \\d{4}-\\d\\d-\\d\\d [\\d:.]+ \\+0000 UTC\nisUsingDirectoryStructure: ${directories}\n$`,
        ),
      );
      await resources.createService("p", "carts", ["dev", "production"]);
      expect((await resources.list(CARTS)).paths).toEqual(["metadata.yaml"]);
      expect(await text(resources, CARTS, "metadata.yaml")).toMatch(
        /^servicename: carts\ncreationtimestamp: \d/,
      );
    });

    it("reads what was written, at the head and at any older commit", async () => {
      const { resources } = await start();
      await resources.createService("p", "carts", ["dev", "production"]);
      const first = await resources.write(CARTS, [put("helm/values.yaml", "a: 1")], "one");
      const second = await resources.write(CARTS, [put("/helm//values.yaml", "a: 2")], "two");
      expect(await text(resources, CARTS, "helm/values.yaml")).toBe("a: 2");
      expect(await text(resources, CARTS, "helm/values.yaml", first.commit)).toBe("a: 1");
      expect((await resources.read(CARTS, "helm/values.yaml")).commit).toBe(second.commit);
      expect(await resources.head("p", "dev")).toBe(second.commit);
      const missing = resources.read({ ...CARTS, stage: "production" }, "helm/values.yaml");
      await expect(missing).rejects.toMatchObject({ code: "ERR_RESOURCE_UNKNOWN" });
    });

    it("makes a commit for every write, also when nothing changes", async () => {
      const { resources } = await start();
      const first = await resources.write(DEV, [put("slo.yaml", "x")], "");
      const second = await resources.write(DEV, [put("slo.yaml", "x")], "");
      expect(second.commit).not.toBe(first.commit);
      expect(await text(resources, DEV, "slo.yaml", second.commit)).toBe("x");
    });

    it("keeps empty and binary files, and many of them, byte by byte", async () => {
      const { resources } = await start();
      const bytes = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
      const many = Array.from({ length: 60 }, (_, index) => put(`many/${index}.txt`, `${index}`));
      const changes = [put("empty", ""), { path: "bytes.bin", content: bytes }, ...many];
      await resources.write(P, changes, "");
      expect((await resources.read(P, "empty")).content.byteLength).toBe(0);
      expect([...(await resources.read(P, "bytes.bin")).content]).toEqual([...bytes]);
      expect(await text(resources, P, "many/59.txt")).toBe("59");
    });

    it("lists depth first in lexical order without what is hidden", async () => {
      const { resources } = await start();
      const names = ["b/z.txt", "b/.github/w.yaml", "b.txt", "a/c/d.txt", "a/b.txt", ".gitignore"];
      await resources.write(
        DEV,
        names.map((path) => put(path, path)),
        "",
      );
      expect((await resources.list(DEV)).paths).toEqual([
        "a/b.txt",
        "a/c/d.txt",
        "b/z.txt",
        "b.txt",
        "metadata.yaml",
      ]);
      expect(await text(resources, DEV, ".gitignore")).toBe(".gitignore");
    });

    it("shows the services of a stage in the list of the stage", async () => {
      const { resources } = await start();
      await resources.createService("p", "carts", ["dev"]);
      expect((await resources.list(DEV)).paths).toEqual(["carts/metadata.yaml", "metadata.yaml"]);
      expect((await resources.list(P)).paths).toEqual(["metadata.yaml", "shipyard.yaml"]);
    });

    it("removes files, and folders that become empty", async () => {
      const { resources } = await start();
      await resources.write(DEV, [put("job/config.yaml", "x"), put("job/a.sh", "y")], "");
      await resources.write(DEV, [put("job/config.yaml", null)], "");
      expect((await resources.list(DEV)).paths).toEqual(["job/a.sh", "metadata.yaml"]);
      await resources.write(DEV, [put("job/a.sh", null)], "");
      expect((await resources.list(DEV)).paths).toEqual(["metadata.yaml"]);
      const again = resources.write(DEV, [put("job/a.sh", null)], "");
      await expect(again).rejects.toMatchObject({ code: "ERR_RESOURCE_UNKNOWN" });
    });

    it.each<[string, Level, string, string | undefined]>([
      ["ERR_PROJECT_UNKNOWN", { project: "q" }, "a", undefined],
      ["ERR_STAGE_UNKNOWN", { ...P, stage: "qa" }, "a", undefined],
      ["ERR_STAGE_UNKNOWN", { ...P, stage: "master" }, "a", undefined],
      ["ERR_STAGE_UNKNOWN", { ...P, stage: "HEAD" }, "a", undefined],
      ["ERR_SERVICE_UNKNOWN", CARTS, "a", undefined],
      ["ERR_RESOURCE_UNKNOWN", DEV, "a", undefined],
      ["ERR_RESOURCE_UNKNOWN", P, "shipyard.yaml/x", undefined],
      ["ERR_COMMIT_UNKNOWN", DEV, "metadata.yaml", "0".repeat(40)],
      ["ERR_COMMIT_UNKNOWN", DEV, "metadata.yaml", "../../HEAD"],
      ["ERR_NAME_INVALID", { project: "a b" }, "a", undefined],
      ["ERR_NAME_INVALID", { ...P, stage: "a/b" }, "a", undefined],
      ["ERR_NAME_INVALID", { ...P, stage: "" }, "a", undefined],
      ["ERR_NAME_INVALID", { ...DEV, service: ".." }, "a", undefined],
      ["ERR_NAME_INVALID", { ...DEV, service: ".git" }, "a", undefined],
      ["ERR_RESOURCE_URI", P, "../x", undefined],
      ["ERR_RESOURCE_URI", P, "~root", undefined],
      ["ERR_RESOURCE_URI", P, "a/.git/config", undefined],
      ["ERR_RESOURCE_URI", P, ".GIT/config", undefined],
      ["ERR_RESOURCE_URI", P, ".keptn-stages/dev/x", undefined],
      ["ERR_RESOURCE_URI", P, "a\u0000b", undefined],
      ["ERR_RESOURCE_URI", P, "/", undefined],
    ])("answers %s for %j %s", async (code, level, path, commit) => {
      const { resources } = await start();
      await expect(resources.read(level, path, commit)).rejects.toMatchObject({ code });
      if (commit !== undefined || code === "ERR_RESOURCE_UNKNOWN") return;
      await expect(resources.write(level, [put(path, "x")], "")).rejects.toMatchObject({ code });
    });

    it("refuses a file where a folder stands and the other way round", async () => {
      const { resources } = await start();
      await resources.write(DEV, [put("job/config.yaml", "x")], "");
      for (const path of ["job", "job/config.yaml/more"]) {
        const clash = resources.write(DEV, [put(path, "x")], "");
        await expect(clash).rejects.toMatchObject({ code: "ERR_RESOURCE_URI" });
      }
      expect((await resources.list(DEV)).paths).toEqual(["job/config.yaml", "metadata.yaml"]);
    });

    it("an id of something that is no commit harms nothing", async () => {
      const { resources } = await start();
      await resources.write(P, [put("x", "hello\n")], "");
      const blobOfHello = "ce013625030ba8dba906f756967f9e9ca394464a";
      for (const reader of [resources]) {
        const wrong = reader.read(P, "x", blobOfHello);
        await expect(wrong).rejects.toMatchObject({ code: "ERR_COMMIT_UNKNOWN" });
      }
      expect(await text(resources, P, "x")).toBe("hello\n");
    });

    it("lands 20 parallel writers of one host, each with a commit of its own", async () => {
      const { resources } = await start();
      const commits = await Promise.all(
        Array.from({ length: 20 }, (_, n) => resources.write(DEV, [put(`f${n}`, `${n}`)], `${n}`)),
      );
      expect(new Set(commits.map(({ commit }) => commit)).size).toBe(20);
      expect((await resources.list(DEV)).paths).toHaveLength(21);
    });

    it("lands 20 parallel writers of two hosts", async () => {
      const { resources, second } = await start();
      const hosts = [resources, second()];
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          hosts[n % 2]!.write(n % 4 < 2 ? DEV : P, [put(`f${n}`, `${n}`)], `${n}`),
        ),
      );
      for (const host of hosts) {
        const written = [...(await host.list(DEV)).paths, ...(await host.list(P)).paths];
        expect(written.filter((path) => path.startsWith("f"))).toHaveLength(20);
      }
    });

    it("one bad change among parallel ones fails alone", async () => {
      const { resources } = await start();
      const results = await Promise.allSettled([
        resources.write(DEV, [put("a", "1")], ""),
        resources.write(DEV, [put("missing", null)], ""),
        resources.write(DEV, [put("b", "2")], "", [
          { sql: "INSERT INTO guard SELECT 0", args: [] },
          { sql: "INSERT INTO guard SELECT 1", args: [] },
        ]),
        resources.write(DEV, [put("c", "3")], ""),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        "fulfilled",
        "rejected",
        "rejected",
        "fulfilled",
      ]);
      const refused = (results[2] as PromiseRejectedResult).reason as GuardFailed;
      expect(refused).toBeInstanceOf(GuardFailed);
      expect(refused.index).toBe(1);
      expect((await resources.list(DEV)).paths).toEqual(["a", "c", "metadata.yaml"]);
    });

    it("statements given along are in the same write", async () => {
      const { resources, store } = await start();
      const row = insertService("p", "carts", ["dev"], 5);
      await resources.createService("p", "carts", ["dev"], [row]);
      const [rows] = await store.read([{ sql: "SELECT name FROM service", args: [] }]);
      expect(rows).toEqual([{ name: "carts" }]);
      const again = resources.createService("p", "carts", ["dev"], [row]);
      await expect(again).rejects.toMatchObject({ code: "ERR_SERVICE_EXISTS" });
    });

    it("a shipyard written as a file updates the project and adds its new stages", async () => {
      const { resources, store } = await start();
      await resources.createService(
        "p",
        "carts",
        ["dev", "production"],
        [insertService("p", "carts", ["dev", "production"], 5)],
      );
      const changed = shipyard("dev", "qa", "production");
      await resources.write(P, [put("shipyard.yaml", changed)], "");
      const [projects, services] = await store.read([
        selectProject("p"),
        { sql: "SELECT stage FROM service ORDER BY stage", args: [] },
      ]);
      expect(readProject(projects![0]!).shipyard).toBe(changed);
      expect(services!.map(({ stage }) => stage)).toEqual(["dev", "production", "qa"]);
      const qa = await resources.list({ ...P, stage: "qa" });
      expect(qa.paths).toContain("carts/metadata.yaml");
    });

    it("a removed stage is gone, its history is not", async () => {
      const { resources } = await start();
      const kept = await resources.write(DEV, [put("slo.yaml", "x")], "");
      await resources.updateShipyard("p", shipyard("production"), ["dev"]);
      await expect(resources.list(DEV)).rejects.toMatchObject({ code: "ERR_STAGE_UNKNOWN" });
      expect(await resources.head("p", "dev")).toBeNull();
      const production = { ...P, stage: "production" };
      const path = directories ? "metadata.yaml" : "slo.yaml";
      expect(await text(resources, production, path, kept.commit)).not.toBe("");
      await resources.updateShipyard("p", shipyard("production", "dev"), []);
      expect((await resources.list(DEV)).paths).not.toContain("slo.yaml");
    });

    it("a service deleted where it stands is gone, where it does not it is passed over", async () => {
      const { resources } = await start();
      await resources.createService("p", "carts", ["dev"]);
      await resources.deleteService("p", "carts", ["dev", "production"]);
      await expect(resources.list(CARTS)).rejects.toMatchObject({ code: "ERR_SERVICE_UNKNOWN" });
    });

    it("a project of the same name begins anew, and nothing old can be read", async () => {
      const { resources } = await start();
      const old = await resources.write(P, [put("secret.txt", "x")], "");
      const taken = resources.createProject("p", SHIPYARD, ["dev"]);
      await expect(taken).rejects.toMatchObject({ code: "ERR_PROJECT_EXISTS" });
      await resources.deleteProject("p");
      expect(await resources.head("p")).toBeNull();
      await expect(resources.list(P)).rejects.toMatchObject({ code: "ERR_PROJECT_UNKNOWN" });
      await resources.createProject("p", SHIPYARD, ["dev", "production"]);
      const gone = resources.read(P, "secret.txt", old.commit);
      await expect(gone).rejects.toMatchObject({ code: "ERR_COMMIT_UNKNOWN" });
      expect((await resources.list(P)).paths).toEqual(["metadata.yaml", "shipyard.yaml"]);
    });

    it("only one of two hosts creates a project", async () => {
      const { resources, second } = await open();
      const results = await Promise.allSettled(
        [resources, second()].map((host) => host.createProject("p", SHIPYARD, ["dev"])),
      );
      expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      const lost = results.find(({ status }) => status === "rejected") as PromiseRejectedResult;
      expect(lost.reason).toMatchObject({ code: "ERR_PROJECT_EXISTS" });
      expect((await resources.list(DEV)).paths).toEqual(["metadata.yaml"]);
    });
  });
}
