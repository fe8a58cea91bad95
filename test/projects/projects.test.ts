/** Projects and services over the real store, repositories and controller. @module */
import { afterEach, describe, expect, it } from "vitest";
import type { Json } from "../../src/spec/json.ts";
import { beginRemoval } from "../../src/host/projects/removal.ts";
import { projectsUnderTest, type UnderTest } from "./under_test.ts";
import { shipyard } from "../contract/resources.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const SHIPYARD = shipyard("dev", "staging", "production");
const P = { project: "p" };

let opened: UnderTest[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
async function open(): Promise<UnderTest> {
  const one = await projectsUnderTest();
  opened.push(one);
  return one;
}
async function withProject(more: { [key: string]: Json } = {}): Promise<UnderTest> {
  const one = await open();
  await one.projects.createProject({ name: "p", shipyard: base64(SHIPYARD), ...more }, "admin");
  return one;
}

describe("creating a project", () => {
  it("tells its beginning and its end and shows the stages in order", async () => {
    const { projects, events } = await withProject();
    expect(await events()).toEqual([
      ["project.create.started", P],
      [
        "project.create.finished",
        {
          ...P,
          status: "succeeded",
          result: "pass",
          createdProject: { projectName: "p", shipyard: base64(SHIPYARD) },
        },
      ],
    ]);
    const view = await projects.readProject("p");
    expect(view).toMatchObject({
      projectName: "p",
      shipyard: SHIPYARD,
      shipyardVersion: "spec.keptn.sh/0.2.3",
      isUpstreamAutoProvisioned: false,
    });
    expect(view!.creationDate).toMatch(/^\d{19}$/);
    expect(view!.stages).toEqual(
      ["dev", "staging", "production"].map((stageName) => ({ stageName, services: [] })),
    );
    expect(view).not.toHaveProperty("gitCredentials");
    expect(await projects.listProjects()).toEqual([view]);
  });

  it("refuses a name that is taken, and leaves the project alone", async () => {
    const { projects, events } = await withProject();
    await expect(
      projects.createProject({ name: "p", shipyard: base64(shipyard("qa")) }, "admin"),
    ).rejects.toMatchObject({
      code: "ERR_PROJECT_EXISTS",
      message: "could not create project 'p': project already exists",
    });
    expect((await events()).slice(2)).toEqual([
      ["project.create.started", P],
      ["project.create.finished", expect.objectContaining({ status: "errored", result: "fail" })],
    ]);
    expect((await projects.readProject("p"))!.shipyard).toBe(SHIPYARD);
  });

  it("remembers git credentials and shows them without their secrets", async () => {
    const gitCredentials = {
      remoteURL: "https://git/p",
      user: "u",
      https: {
        token: "t0ken",
        insecureSkipTLS: true,
        proxy: { url: "h:1", scheme: "http", user: "v", password: "pass" },
      },
    };
    const { projects, secrets } = await withProject({ gitCredentials });
    const view = await projects.readProject("p");
    expect(view!.gitCredentials).toEqual({
      remoteURL: "https://git/p",
      user: "u",
      https: { insecureSkipTLS: true, proxy: { url: "h:1", scheme: "http", user: "v" } },
    });
    expect(JSON.stringify(view)).not.toMatch(/t0ken|pass/);
    const kept = await secrets.read("git-credentials-p");
    expect(JSON.parse(kept!["git-credentials"]!)).toEqual(gitCredentials);
    const { message } = await projects.deleteProject("p", "admin");
    expect(message).toContain("The Git upstream of the project will not be deleted");
    expect(await secrets.read("git-credentials-p")).toBeNull();
  });

  it.each<[string, Json, string]>([
    ["no object", "x", "Invalid request format: "],
    ["unknown field", { name: "p", gitToken: "x" }, 'json: unknown field "gitToken"'],
    [
      "unknown field below",
      { name: "p", gitCredentials: { remoteURL: "", https: { tokn: "x" } } },
      'json: unknown field "gitCredentials.https.tokn"',
    ],
    ["wrong type", { name: 5 }, "Invalid request format: json: name: "],
    ["no name", {}, "Could not validate payload: project name missing"],
    ["long name", { name: "p".repeat(201) }, "project name exceeds maximum size of 200 characters"],
    ["bad name", { name: "P@" }, "provided project name is not a valid Keptn entity name"],
    ["no shipyard", { name: "p" }, "shipyard must contain a valid shipyard spec encoded in base64"],
    ["no base64", { name: "p", shipyard: "%" }, "could not decode shipyard content"],
    [
      "no YAML",
      { name: "p", shipyard: base64("a: [") },
      "could not unmarshal provided shipyard content: 1:",
    ],
    [
      "old version",
      { name: "p", shipyard: base64(SHIPYARD.replace("0.2.3", "0.1.0")) },
      "provided shipyard file is not valid: 1:1 ",
    ],
    ["no stages", { name: "p", shipyard: base64(shipyard()) }, "shipyard file is not valid: "],
    [
      "upper case stage",
      { name: "p", shipyard: base64(shipyard("Dev")) },
      "stage name Dev is not a valid Keptn name",
    ],
    [
      "stage named like the default branch",
      { name: "p", shipyard: base64(shipyard("master")) },
      "has the name of the repository's default branch",
    ],
    [
      "remote URL",
      { name: "p", gitCredentials: { remoteURL: "ftp://x" } },
      "provided gitRemoteURL is not valid: ",
    ],
  ])("refuses %s and leaves nothing behind", async (_, body, message) => {
    const { projects, store } = await open();
    await expect(projects.createProject(body, "admin")).rejects.toMatchObject({
      message: expect.stringContaining(message) as string,
      status: 400,
    });
    const [rows] = await store.read([
      { sql: "SELECT name FROM project UNION SELECT name FROM branch", args: [] },
    ]);
    expect(rows).toEqual([]);
  });
});

describe("updating a project", () => {
  it("writes the shipyard decoded, tells nothing, and adds stages with all services", async () => {
    const { projects, resources, events } = await withProject();
    await projects.createService("p", { serviceName: "carts" }, "admin");
    const before = (await events()).length;
    const next = shipyard("qa", "production", "staging", "dev");
    await projects.updateProject({ name: "p", shipyard: base64(next) }, "admin");
    expect((await events()).length).toBe(before);
    const view = (await projects.readProject("p"))!;
    expect(view.shipyard).toBe(next);
    expect(view.stages.map(({ stageName }) => stageName)).toEqual([
      "qa",
      "production",
      "staging",
      "dev",
    ]);
    expect(view.stages[0]!.services.map(({ serviceName }) => serviceName)).toEqual(["carts"]);
    const file = await resources.read(P, "shipyard.yaml");
    expect(new TextDecoder().decode(file.content)).toBe(next);
  });

  it("removes a stage that is idle, and names what keeps a busy one", async () => {
    const { projects, store, resources } = await withProject();
    await store.write([
      {
        sql: `INSERT INTO execution (id, project, context, stage, service, sequence, state, open, phase, place, held, triggered, body)
              VALUES ('e', 'p', 'c1', 'dev', 's', 'delivery', 'started', 1, 'holding', 1, 0, 1, '{}')`,
        args: [],
      },
    ]);
    const next = { name: "p", shipyard: base64(shipyard("staging")) };
    await expect(projects.updateProject(next, "admin")).rejects.toMatchObject({
      code: "ERR_CONFLICT",
      message: expect.stringContaining("open sequences: c1 in dev") as string,
    });
    expect((await projects.readProject("p"))!.stages).toHaveLength(3);
    await store.write([{ sql: "UPDATE execution SET open = 0", args: [] }]);
    await projects.updateProject(next, "admin");
    expect((await projects.readProject("p"))!.stages).toHaveLength(1);
    expect(await resources.head("p", "dev")).toBeNull();
  });

  it("leaves unchanged what is absent", async () => {
    const { projects } = await withProject({ gitCredentials: { remoteURL: "https://git/p" } });
    const before = await projects.readProject("p");
    await projects.updateProject({ name: "p", shipyard: null }, "admin");
    expect(await projects.readProject("p")).toEqual(before);
    await projects.updateProject(
      { name: "p", gitCredentials: { remoteURL: "https://git/q" } },
      "a",
    );
    expect((await projects.readProject("p"))!.gitCredentials).toEqual({
      remoteURL: "https://git/q",
    });
  });

  it("refuses an unknown project", async () => {
    const { projects } = await open();
    await expect(projects.updateProject({ name: "q" }, "admin")).rejects.toMatchObject({
      code: "ERR_PROJECT_UNKNOWN",
      message: "failed to get project: 'q'",
    });
  });
});

describe("deleting a project", () => {
  it("removes every row of it and nothing of others, and tells its end", async () => {
    const one = await withProject();
    const { projects, store, controller, events, forgotten } = one;
    await projects.createProject({ name: "q", shipyard: base64(SHIPYARD) }, "admin");
    for (const project of ["p", "q"]) {
      await projects.createService(project, { serviceName: "carts" }, "admin");
      await controller.accept(one.trigger(project, "dev", "carts"), {
        principal: "admin",
        via: "api",
      });
    }
    const tables = ["event", "execution", "context", "slot", "service", "last_event", "branch"];
    const count = async (project: string): Promise<number[]> => {
      const rows = await store.read(
        tables.map((table) => ({
          sql: `SELECT count(*) AS n FROM ${table} WHERE project = ?`,
          args: [project],
        })),
      );
      return rows.map((found) => Number(found[0]!.n));
    };
    const others = await count("q");
    const { message } = await projects.deleteProject("p", "admin");
    expect(message).toContain("Project p is deleted.");
    expect(await count("p")).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(await events("p")).toEqual([
      ["project.delete.finished", { project: "p", status: "succeeded", result: "pass" }],
    ]);
    expect(await count("q")).toEqual(others);
    expect(forgotten).toContain("p");
    expect(await projects.readProject("p")).toBeNull();
  });

  it("answers for a project that does not exist", async () => {
    const { projects } = await open();
    const { message } = await projects.deleteProject("nothing", "admin");
    expect(message).toContain("There is no project nothing.");
  });

  it("a deletion that a crash cut is ended by the next start", async () => {
    const one = await withProject();
    await one.projects.createService("p", { serviceName: "carts" }, "admin");
    // What stands after the first write of a deletion.
    await one.resources.deleteProject("p", beginRemoval("p", "ann"));
    expect(await one.projects.readProject("p")).toBeNull();
    expect((await one.events()).length).toBeGreaterThan(1);
    await one.projects.resume();
    expect((await one.events()).map(([type]) => type)).toEqual(["project.delete.finished"]);
    await one.projects.resume();
    expect(await one.events()).toHaveLength(1);
  });

  it("a deletion that fails takes nothing away", async () => {
    const one = await withProject();
    const before = await one.projects.readProject("p");
    one.breakWrites(true);
    await expect(one.projects.deleteProject("p", "admin")).rejects.toThrow("no more writes");
    one.breakWrites(false);
    expect(await one.projects.readProject("p")).toEqual(before);
    expect((await one.resources.list(P)).paths).toEqual(["metadata.yaml", "shipyard.yaml"]);
  });
});

describe("services", () => {
  it("are made in all stages and shown in each", async () => {
    const { projects, resources, events } = await withProject();
    await projects.createService("p", { serviceName: "My_Service" }, "admin");
    const view = (await projects.readProject("p"))!;
    for (const { stageName, services } of view.stages) {
      expect(services).toMatchObject([{ serviceName: "My_Service", openRemediations: null }]);
      const level = { ...P, stage: stageName, service: "My_Service" };
      expect((await resources.list(level)).paths).toEqual(["metadata.yaml"]);
    }
    expect((await events()).slice(2)).toEqual([
      ["service.create.started", { ...P, service: "My_Service" }],
      [
        "service.create.finished",
        { ...P, service: "My_Service", status: "succeeded", result: "pass" },
      ],
    ]);
    await expect(
      projects.createService("p", { serviceName: "My_Service" }, "admin"),
    ).rejects.toMatchObject({ code: "ERR_SERVICE_EXISTS", message: "service already exists" });
  });

  it.each<[Json, string]>([
    [{}, "must provide a service name"],
    [{ serviceName: "x".repeat(44) }, "project name exceeds maximum size of 43 characters"],
    [{ serviceName: "a/b" }, "is not a valid folder name"],
    [{ serviceName: ".." }, "is not a valid folder name"],
    [{ serviceName: ".git" }, "is not a valid folder name"],
    [{ serviceName: 1 }, "Invalid request format: json: serviceName: "],
  ])("%j is refused without an event", async (body, message) => {
    const { projects, events } = await withProject();
    await expect(projects.createService("p", body, "admin")).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(message) as string,
    });
    expect(await events()).toHaveLength(2);
  });

  it("are removed from all stages, also where they are missing", async () => {
    const { projects, resources } = await withProject();
    await projects.createService("p", { serviceName: "carts" }, "admin");
    await resources.deleteService("p", "carts", ["dev"]);
    await projects.deleteService("p", "carts", "admin");
    const view = (await projects.readProject("p"))!;
    expect(view.stages.flatMap(({ services }) => services)).toEqual([]);
    await projects.deleteService("p", "carts", "admin");
    await expect(projects.deleteService("q", "carts", "admin")).rejects.toMatchObject({
      code: "ERR_PROJECT_UNKNOWN",
    });
  });
});
