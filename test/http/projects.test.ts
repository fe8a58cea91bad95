/** The scenarios of projects and services, over HTTP (conformance/scenarios.yaml). @module */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEvent } from "../../src/host/tables/event_table.ts";
import type { KeptnEvent } from "../../src/spec/event.ts";
import { shipyard } from "../contract/resources.ts";
import { answering, BASE, delivery, openHost, PASSED, SHIPYARD, type TestHost } from "./host.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const B64 = base64(SHIPYARD);
const PROJECT = `${BASE}/project`;

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
});
afterEach(() => host.close());

interface Problem {
  readonly code: number;
  readonly message: string;
}
/** Events of a project in the log; the datastore does not show the one of its deletion. */
async function events(project = "p"): Promise<KeptnEvent[]> {
  const [rows] = await host.store.read([
    { sql: "SELECT body FROM event WHERE project = ? ORDER BY seq", args: [project] },
  ]);
  return rows!.map(readEvent);
}
const types = (list: readonly KeptnEvent[]): string[] =>
  list.map(({ type }) => type.replace("sh.keptn.event.", ""));

/** Lets the store refuse to write to a table, as a full or broken disk would. */
const breakTable = (table: string, act: "INSERT" | "UPDATE" | "DELETE") =>
  host.store.write([
    {
      sql: `CREATE TRIGGER broken BEFORE ${act} ON ${table} BEGIN INSERT INTO nowhere VALUES (1); END`,
      args: [],
    },
  ]);

const damageProject = () =>
  host.store.write([{ sql: "UPDATE project SET body = 'no JSON' WHERE name = 'p'", args: [] }]);

describe("creating projects", () => {
  it("PRJ-01 tells start and finish around what it makes", async () => {
    const gitCredentials = { remoteURL: "https://git/p", user: "u", https: { token: "t" } };
    const created = await host.call("POST", PROJECT, { name: "p", shipyard: B64, gitCredentials });
    expect([created.status, created.text]).toEqual([201, ""]);
    const log = await events();
    expect(types(log)).toEqual(["project.create.started", "project.create.finished"]);
    expect(log[0]).toMatchObject({ source: "shipyard-controller", data: { project: "p" } });
    expect(log[1]!.data).toEqual({
      project: "p",
      status: "succeeded",
      result: "pass",
      createdProject: { projectName: "p", shipyard: B64, gitRemoteURL: "https://git/p" },
    });
    const { json } = await host.call<Record<string, unknown>>("GET", `${PROJECT}/p`);
    expect(json).toMatchObject({
      projectName: "p",
      shipyard: SHIPYARD,
      shipyardVersion: "spec.keptn.sh/0.2.2",
      stages: [
        { stageName: "staging", services: [] },
        { stageName: "production", services: [], parentStages: ["staging"] },
      ],
      gitCredentials: { remoteURL: "https://git/p", user: "u" },
    });
    const file = await host.call<{ resourceContent: string }>(
      "GET",
      "/api/resource-service/v1/project/p/resource/shipyard.yaml",
    );
    expect(file.json.resourceContent).toBe(B64);
  });

  it.each<[string, unknown, number]>([
    ["body is not JSON", "{", 400],
    ["flat credentials from before 1.0", { name: "p", shipyard: B64, gitToken: "t" }, 400],
    ["name longer than the limit", { name: "p".repeat(201), shipyard: B64 }, 400],
    ["project exists already", { name: "there", shipyard: B64 }, 409],
    ["no credentials: a local repository will do", { name: "p", shipyard: B64 }, 201],
  ])("PRJ-02 %s", async (_, body, status) => {
    await host.project("there", SHIPYARD);
    const answer = await host.call<Problem>("POST", PROJECT, body);
    expect(answer.status).toBe(status);
    if (status !== 201) expect(answer.json.code).toBe(status);
  });

  // Keptn said 500; a store that does not write has a status of its own here.
  it("PRJ-02 any other error is rolled back and told", async () => {
    await breakTable("project", "INSERT");
    const gitCredentials = { remoteURL: "https://git/p" };
    const failed = await host.call("POST", PROJECT, { name: "p", shipyard: B64, gitCredentials });
    expect(failed.status).toBe(503);
    const log = await events();
    expect(types(log)).toEqual(["project.create.started", "project.create.finished"]);
    expect(log[1]!.data).toMatchObject({ status: "errored", result: "fail" });
    const [branches, secrets] = await host.store.read([
      { sql: "SELECT name FROM branch", args: [] },
      { sql: "SELECT name FROM secret", args: [] },
    ]);
    expect([branches, secrets]).toEqual([[], []]);
    await host.store.write([{ sql: "DROP TRIGGER broken", args: [] }]);
    expect((await host.call("POST", PROJECT, { name: "p", shipyard: B64 })).status).toBe(201);
  });

  const key = base64("a key");
  const remoteURL = "https://some.url";
  it.each<[object, "valid" | "invalid"]>([
    [{ name: undefined }, "invalid"],
    [{ name: "project-name@@" }, "invalid"],
    [{ shipyard: "invalid" }, "invalid"],
    [{ gitCredentials: undefined }, "valid"],
    [{ gitCredentials: { remoteURL: "invalid" } }, "invalid"],
    [{ gitCredentials: { remoteURL: "ftp://any.url" } }, "invalid"],
    [{ gitCredentials: { remoteURL: "ssh://host" } }, "valid"],
    [{ gitCredentials: { remoteURL, ssh: { privateKey: key }, https: { token: "y" } } }, "invalid"],
    [
      {
        gitCredentials: { remoteURL, ssh: { privateKey: key }, https: { proxy: { url: "u" } } },
      },
      "invalid",
    ],
    [{ gitCredentials: { remoteURL, https: { token: "y", proxy: { url: "u" } } } }, "valid"],
    [{ gitCredentials: { remoteURL, ssh: { privateKey: key } } }, "valid"],
    [{ gitCredentials: { remoteURL, ssh: { privateKey: "no base64!" } } }, "invalid"],
  ])("PRJ-03 %j is %s", async (part, verdict) => {
    const answer = await host.call<Problem>("POST", PROJECT, {
      name: "project",
      shipyard: B64,
      ...part,
    });
    expect(answer.status).toBe(verdict === "valid" ? 201 : 400);
    if (verdict === "invalid") {
      expect(answer.json.message).toMatch(/^Could not validate payload: \w/);
      expect(await events("project")).toEqual([]);
    }
  });
});

describe("updating projects", () => {
  const STAGES = ["dev", "staging", "prod-a", "prod-b"];
  const update = (...stages: string[]) =>
    host.call<Problem>("PUT", PROJECT, { name: "p", shipyard: base64(shipyard(...stages)) });
  const stageNames = async (): Promise<string[]> => {
    const { json } = await host.call<{ stages: { stageName: string }[] }>("GET", `${PROJECT}/p`);
    return json.stages.map(({ stageName }) => stageName);
  };

  it.each([
    ["the same", STAGES],
    ["in another order", ["staging", "dev", "prod-b", "prod-a"]],
    // Keptn refused the next ones with 400 (design §7: added, renamed, removed when idle).
    ["all renamed", ["dev2", "staging2", "prod-ab", "prod-ba"]],
    ["one fewer", ["dev", "staging", "prod-a"]],
    ["one more", [...STAGES, "prod-c"]],
  ])("PRJ-06 the stages %s", async (_, stages) => {
    await host.project("p", shipyard(...STAGES));
    expect((await update(...stages)).status).toBe(201);
    expect(await stageNames()).toEqual(stages);
    for (const stage of stages) {
      const path = `/api/resource-service/v1/project/p/stage/${stage}/resource`;
      expect((await host.call("GET", path)).status).toBe(200);
    }
  });

  it("PRJ-06 a stage in which a sequence runs stays", async () => {
    await host.project("p", SHIPYARD, "carts");
    const context = await host.post(delivery("p", "carts"));
    const refused = await update("production");
    expect(refused.status).toBe(409);
    expect(refused.json.message).toContain(`open sequences: ${context} in staging`);
    expect(await stageNames()).toEqual(["staging", "production"]);
    const control = { state: "abort" };
    await host.call("POST", `${BASE}/sequence/p/${context}/control`, control);
    expect((await update("production")).status).toBe(201);
  });

  it("PRJ-07 the shipyard is stored decoded, without events", async () => {
    await host.project("p", SHIPYARD);
    const before = (await events()).length;
    const changed = SHIPYARD.replace("name: release", "name: publish");
    const body = { name: "p", shipyard: base64(changed) };
    const answer = await host.call("PUT", PROJECT, body);
    expect([answer.status, answer.text]).toEqual([201, ""]);
    const { json } = await host.call<{ shipyard: string }>("GET", `${PROJECT}/p`);
    expect(json.shipyard).toBe(changed);
    const file = await host.call<{ resourceContent: string }>(
      "GET",
      "/api/resource-service/v1/project/p/resource/shipyard.yaml",
    );
    expect(file.json.resourceContent).toBe(base64(changed));
    expect(await events()).toHaveLength(before);
  });

  it.each<[string, unknown, number]>([
    ["invalid payload", "[", 400],
    ["unknown project", { name: "q" }, 404],
    ["old credentials format", { name: "p", gitRemoteURL: "https://x" }, 400],
    ["no credentials given", { name: "p", shipyard: B64 }, 201],
    ["shipyard that is none", { name: "p", shipyard: base64("x") }, 400],
  ])("PRJ-08 %s", async (_, body, status) => {
    await host.project("p", SHIPYARD);
    expect((await host.call("PUT", PROJECT, body)).status).toBe(status);
  });

  it("PRJ-08 other error", async () => {
    await host.project("p", SHIPYARD);
    await damageProject();
    expect((await update("staging", "production")).status).toBe(500);
    const [rows] = await host.store.read([{ sql: "SELECT shipyard FROM project", args: [] }]);
    expect(rows).toEqual([{ shipyard: SHIPYARD }]);
  });
});

describe("deleting projects", () => {
  it("PRJ-09 leaves nothing to a new project of that name", async () => {
    await host.project("p", SHIPYARD, "carts");
    for (let n = 0; n < 50; n++) await host.post(delivery("p", n % 2 ? "carts" : `other-${n}`));
    expect((await host.open("deployment.triggered")).length).toBeGreaterThan(0);
    const deleted = await host.call<object>("DELETE", `${PROJECT}/p`);
    expect(deleted.status).toBe(200);
    expect(Object.keys(deleted.json)).toEqual(["message"]);
    expect(types(await events())).toEqual(["project.delete.finished"]);
    expect((await host.call("POST", PROJECT, { name: "p", shipyard: B64 })).status).toBe(201);
    expect(await host.open("deployment.triggered", "?project=p")).toEqual([]);
    const { json } = await host.call<{ states: unknown[] }>("GET", `${BASE}/sequence/p`);
    expect(json.states).toEqual([]);
  });

  it("PRJ-10 ends no sequence; later answers do nothing", async () => {
    await host.project("p", SHIPYARD, "carts");
    await host.post(delivery("p", "carts"));
    const [task] = await host.open("deployment.triggered");
    await host.call("POST", "/api/v1/event", answering(task!, "started"));
    await host.call("DELETE", `${PROJECT}/p`);
    await host.call("POST", "/api/v1/event", answering(task!, "finished", PASSED));
    await host.advance(3_600_000);
    const seen = types(await events());
    expect(seen.filter((type) => type.startsWith("project."))).toEqual(["project.delete.finished"]);
    expect(seen.filter((type) => /^staging\..*finished$/.test(type))).toEqual([]);
    expect(await host.open("test.triggered")).toEqual([]);
    expect(host.logged).toEqual([]);
  });

  it("PRJ-11 a secret that cannot be deleted does not fail the deletion", async () => {
    const gitCredentials = { remoteURL: "https://git/p" };
    await host.call("POST", PROJECT, { name: "p", shipyard: B64, gitCredentials });
    await breakTable("secret", "DELETE");
    const { status, json } = await host.call<Problem>("DELETE", `${PROJECT}/p`);
    expect(status).toBe(200);
    expect(json.message).toContain("The Git upstream of the project will not be deleted");
    expect(json.message).toContain("git credentials could not be removed");
    expect((await host.call("GET", `${PROJECT}/p`)).status).toBe(404);
  });
});

describe("services", () => {
  const SERVICE = `${PROJECT}/p/service`;
  const create = (serviceName: string) => host.call<Problem>("POST", SERVICE, { serviceName });
  beforeEach(() => host.project("p", shipyard("dev", "prod")));

  it("SVC-01 is made in all stages, once", async () => {
    const made = await create("s");
    expect([made.status, made.json]).toEqual([200, { message: "" }]);
    for (const stage of ["dev", "prod"]) {
      const path = `${PROJECT}/p/stage/${stage}/service/s`;
      expect((await host.call("GET", path)).status).toBe(200);
    }
    const log = (await events()).slice(2);
    expect(types(log)).toEqual(["service.create.started", "service.create.finished"]);
    expect(log[1]!.data).toEqual({ project: "p", service: "s", ...PASSED });
    const again = await create("s");
    expect(again.status).toBe(409);
    expect(again.json.message).toBe("service already exists");
    expect((await create("s".repeat(44))).status).toBe(400);
    for (const name of ["a/b", "a|b", "..", "a:b", ""]) {
      expect((await create(name)).status).toBe(400);
    }
  });

  it("SVC-01 a store that fails makes nothing and says so", async () => {
    await breakTable("service", "INSERT");
    expect((await create("s")).status).toBe(503);
    expect(await failedCreation()).toMatchObject({ status: "errored", result: "fail" });
    const path = "/api/resource-service/v1/project/p/stage/dev/service/s/resource";
    expect((await host.call("GET", path)).status).toBe(404);
  });

  it("SVC-01 any other failure is a 500", async () => {
    await damageProject();
    expect((await create("s")).status).toBe(500);
    expect(await failedCreation()).toMatchObject({ status: "errored", result: "fail" });
    const unknown = `${PROJECT}/q/service`;
    expect((await host.call("POST", unknown, { serviceName: "s" })).status).toBe(500);
  });
  async function failedCreation(): Promise<unknown> {
    const log = (await events()).slice(2);
    expect(types(log)).toEqual(["service.create.started", "service.create.finished"]);
    return log[1]!.data;
  }

  it("SVC-02 goes without touching what runs, also where its folder is missing", async () => {
    await host.project("q", SHIPYARD, "s");
    const context = await host.post(delivery("q", "s"));
    const sequence = async () =>
      (await host.call("GET", `${BASE}/sequence/q?keptnContext=${context}`)).json;
    const before = await sequence();
    const gone = await host.call("DELETE", `${PROJECT}/q/service/s`);
    expect([gone.status, gone.json]).toEqual([200, { message: "" }]);
    expect(types(await events("q")).slice(-2)).toEqual([
      "service.delete.started",
      "service.delete.finished",
    ]);
    expect(await sequence()).toEqual(before);
    expect((await host.call("DELETE", `${PROJECT}/q/service/s`)).status).toBe(200);
  });
});
