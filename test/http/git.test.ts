/** A real `git clone` from the host. @module */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listen } from "../../src/host/adapters/server/node_server.ts";
import { openHost, SHIPYARD, type TestHost, TOKEN } from "./host.ts";

const execute = promisify(execFile);
let host: TestHost;
let folder: string;
let url: string;
let close: () => Promise<void>;

beforeEach(async () => {
  host = await openHost();
  folder = await mkdtemp(join(tmpdir(), "periplus-clone-"));
  const fetch = (request: Request) => host.app.fetch(request);
  const server = await listen({ host: "127.0.0.1", port: 0, fetch });
  url = `127.0.0.1:${server.port}/git`;
  close = () => server.close(0);
});
afterEach(async () => {
  await close();
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" };
async function git(...args: string[]): Promise<string> {
  return (await execute("git", args, { cwd: folder, env })).stdout.trimEnd();
}

describe("git clone over HTTP", () => {
  it("brings all stages with their history, and fetch what came after", async () => {
    await host.project("p", SHIPYARD, "carts");
    const carts = "/api/resource-service/v1/project/p/stage/staging/service/carts/resource";
    const put = (text: string) =>
      host.call("PUT", `${carts}/slo.yaml`, { resourceContent: btoa(text) });
    await put("one\n");
    await git("clone", "--quiet", `http://any:${TOKEN}@${url}/p.git`, "p");
    const clone = join(folder, "p");
    expect(await readFile(join(clone, "shipyard.yaml"), "utf8")).toBe(SHIPYARD);
    expect(await git("-C", clone, "branch", "-r", "--format=%(refname:short)")).toContain(
      "origin/production",
    );
    expect(await git("-C", clone, "show", "origin/staging:carts/slo.yaml")).toBe("one");
    await put("two\n");
    await git("-C", clone, "fetch", "--quiet");
    expect(await git("-C", clone, "show", "origin/staging:carts/slo.yaml")).toBe("two");
    expect(await git("-C", clone, "fsck", "--strict", "--no-dangling")).toBe("");
  });

  it("refuses a wrong password, and asks for one when there is none", async () => {
    await host.project("p", SHIPYARD);
    for (const who of ["", "any:wrong@"]) {
      const refused = git("clone", "--quiet", `http://${who}${url}/p.git`, "p");
      await expect(refused).rejects.toThrow(/Authentication failed|could not read Username/);
    }
    const answer = await fetch(`http://${url}/p.git/HEAD`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic /);
  });

  it.each([
    "/p.git/config",
    "/p.git/../p.git/config",
    "/p.git/objects/..%2F..%2Fconfig",
    "/p.git/objects/00/0",
    "/q.git/HEAD",
    "/p.git/periplus-checked",
  ])("has no %s", async (path) => {
    await host.project("p", SHIPYARD);
    const authorization = `Basic ${btoa(`any:${TOKEN}`)}`;
    const { status } = await host.call("GET", `/git${path}`, undefined, { authorization });
    expect(status).toBe(404);
  });
});
