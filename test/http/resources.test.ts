/** Files over HTTP, in every spelling that Keptn's clients use. @module */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHost, SHIPYARD, type TestHost, TOKEN } from "./host.ts";

const BASE = "/api/resource-service/v1/project/p";
const CARTS = `${BASE}/stage/staging/service/carts/resource`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts");
});
afterEach(() => host.close());

interface Written {
  readonly commitID: string;
  readonly version: string;
  readonly metadata: { readonly upstreamURL: string; readonly version: string };
}
interface File {
  readonly resourceURI: string;
  readonly resourceContent?: string;
  readonly metadata: { readonly version: string };
}
interface Files {
  readonly resources: File[];
  readonly nextPageKey: string;
  readonly totalCount: number;
}
const write = async (uri: string, text: string): Promise<Written> => {
  const path = `${CARTS}/${encodeURIComponent(uri)}`;
  return (await host.call<Written>("PUT", path, { resourceContent: base64(text) })).json;
};
const read = (uri: string) => host.call<File>("GET", `${CARTS}/${uri}`);

describe("writing", () => {
  it("answers 201 to POST and 200 to PUT, with the commit", async () => {
    const body = {
      resources: [
        { resourceURI: "/helm/values.yaml", resourceContent: base64("a: 1") },
        { resourceURI: "slo.yaml", resourceContent: base64("b: 2") },
      ],
    };
    const posted = await host.call<Written>("POST", CARTS, body);
    const put = await host.call<Written>("PUT", CARTS, body);
    expect([posted.status, put.status]).toEqual([201, 200]);
    expect(put.json).toEqual({
      commitID: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      version: put.json.commitID,
      metadata: { upstreamURL: "", version: put.json.commitID },
    });
    expect(put.json.commitID).not.toBe(posted.json.commitID);
    expect((await read("helm%2Fvalues.yaml")).json.resourceContent).toBe(base64("a: 1"));
  });

  it("names the upstream when the project has one", async () => {
    const body = { name: "p", gitCredentials: { remoteURL: "https://git/p" } };
    await host.call("PUT", "/api/controlPlane/v1/project", body);
    expect((await write("x", "y")).metadata.upstreamURL).toBe("https://git/p");
  });

  it.each<[string, string, unknown, number, RegExp]>([
    ["malformed JSON", CARTS, "{", 400, /^Invalid request format/],
    ["no list", CARTS, {}, 400, /^Invalid request format: resources/],
    [
      "no base64",
      CARTS,
      { resources: [{ resourceURI: "a", resourceContent: "%%" }] },
      400,
      /^resource content is not base64 encoded$/,
    ],
    [
      "a path out of the level",
      CARTS,
      { resources: [{ resourceURI: "../../x", resourceContent: "" }] },
      400,
      /^invalid resource uri: "..\/..\/x" contains ".."; expected a path such as helm\/values.yaml$/,
    ],
    [
      "git's own folder",
      CARTS,
      { resources: [{ resourceURI: ".git/config", resourceContent: "" }] },
      400,
      /^invalid resource uri: ".git\/config" leads into git's own folder/,
    ],
    ["an unknown project", `${BASE}x/resource`, { resources: [] }, 404, /^Project not found$/],
    ["an unknown stage", `${BASE}/stage/x/resource`, { resources: [] }, 404, /^Stage not found$/],
    [
      "an unknown service",
      `${BASE}/stage/staging/service/x/resource`,
      { resources: [] },
      404,
      /^Service not found$/,
    ],
    ["a blank in a name", `${BASE}/stage/a%20b/resource`, { resources: [] }, 400, /^name must not/],
  ])("refuses %s", async (_, path, body, status, message) => {
    const answer = await host.call<{ code: number; message: string }>("POST", path, body);
    expect(answer.status).toBe(status);
    expect(answer.json.code).toBe(status);
    expect(answer.json.message).toMatch(message);
    expect(host.logged).toEqual([]);
  });

  it("takes nothing of a list of which one file is bad", async () => {
    const resources = [
      { resourceURI: "good", resourceContent: base64("x") },
      { resourceURI: "a~b", resourceContent: base64("x") },
    ];
    expect((await host.call("POST", CARTS, { resources })).status).toBe(400);
    expect((await read("good")).status).toBe(404);
  });
});

describe("reading", () => {
  it.each([
    ["encoded once", "helm%2Ffoo.yaml", "helm%2Ffoo.yaml"],
    ["encoded twice", "helm%252Ffoo.yaml", "helm%2Ffoo.yaml"],
    ["with plain slashes", "helm/foo.yaml", "helm/foo.yaml"],
    ["with a leading slash", "%2Fhelm%2Ffoo.yaml", "%2Fhelm%2Ffoo.yaml"],
    ["with doubled slashes", "/helm//foo.yaml", "helm/foo.yaml"],
  ])("finds a name %s", async (_, uri, echo) => {
    await write("helm/foo.yaml", "x");
    const { status, json } = await read(uri);
    expect(status).toBe(200);
    expect(json).toMatchObject({ resourceURI: echo, resourceContent: base64("x") });
  });

  it("takes a plus as a blank and an encoded plus as a plus", async () => {
    await write("a b", "blank");
    await write("a+b", "plus");
    expect((await read("a+b")).json.resourceContent).toBe(base64("blank"));
    expect((await read("a%2Bb")).json.resourceContent).toBe(base64("plus"));
    expect((await read("a%20b")).json.resourceContent).toBe(base64("blank"));
  });

  it("also below doubled slashes and a stage that is named like the route", async () => {
    const changed = SHIPYARD.replaceAll("staging", "resource");
    await host.project("q", changed, "resource");
    const path = "/api/resource-service/v1/project/q//stage/resource/service/resource/resource";
    const { status } = await host.call("PUT", `${path}/resource`, { resourceContent: base64("x") });
    expect(status).toBe(200);
    expect((await host.call<Files>("GET", path)).json.resources.map((f) => f.resourceURI)).toEqual([
      "/metadata.yaml",
      "/resource",
    ]);
  });

  it("reads at a commit; two double quotes are none", async () => {
    const first = await write("slo.yaml", "one");
    const second = await write("slo.yaml", "two");
    const at = await read(`slo.yaml?gitCommitID=${first.commitID}`);
    expect(at.json).toMatchObject({
      resourceContent: base64("one"),
      metadata: { version: first.commitID },
    });
    const head = await read('slo.yaml?gitCommitID=""');
    expect(head.json.metadata.version).toBe(second.commitID);
    const unknown = await host.call<{ message: string }>(
      "GET",
      `${CARTS}/slo.yaml?gitCommitID=${"0".repeat(40)}`,
    );
    expect(unknown.status).toBe(500);
    expect(unknown.json.message).toContain("project p has no commit 000");
  });

  it("leaves out the content of an empty file", async () => {
    await write("empty", "");
    expect((await read("empty")).json).not.toHaveProperty("resourceContent");
  });

  it.each([
    ["nothing", 404, "Resource not found"],
    ["a%2F..%2Fb", 400, "invalid resource uri"],
    ["a%252F%252e%252e%252Fb", 400, "invalid resource uri"],
    ["~root", 400, "invalid resource uri"],
    [".git%2FHEAD", 400, "invalid resource uri"],
    ["%E0%A4", 400, "invalid resource uri"],
  ])("answers %s with %i", async (uri, status, message) => {
    const answer = await host.call<{ message: string }>("GET", `${CARTS}/${uri}`);
    expect(answer.status).toBe(status);
    expect(answer.json.message).toContain(message);
  });

  it("deletes a file, once", async () => {
    await write("helm/foo.yaml", "x");
    const path = `${CARTS}/helm%2Ffoo.yaml`;
    expect((await host.call<Written>("DELETE", path)).json.commitID).toMatch(/^[0-9a-f]{40}$/);
    expect((await host.call("DELETE", path)).status).toBe(404);
  });
});

describe("listing", () => {
  it("pages, with leading slashes and the commit", async () => {
    for (const name of ["b", "a/c", "a/b"]) await write(name, name);
    const all = await host.call<Files>("GET", CARTS);
    expect(all.json.resources.map((file) => file.resourceURI)).toEqual([
      "/a/b",
      "/a/c",
      "/b",
      "/metadata.yaml",
    ]);
    expect(all.json).toMatchObject({ nextPageKey: "0", totalCount: 4 });
    expect(all.json.resources[0]!.metadata.version).toMatch(/^[0-9a-f]{40}$/);
    const second = await host.call<Files>("GET", `${CARTS}?pageSize=3&nextPageKey=3`);
    expect(second.json).toMatchObject({ nextPageKey: "0", totalCount: 4 });
    expect(second.json.resources).toHaveLength(1);
    const first = await host.call<Files>("GET", `${CARTS}?pageSize=3`);
    expect(first.json.nextPageKey).toBe("3");
  });

  it("shows the project's own files at project level", async () => {
    const { json } = await host.call<Files>("GET", `${BASE}/resource`);
    expect(json.resources.map((file) => file.resourceURI)).toEqual([
      "/metadata.yaml",
      "/shipyard.yaml",
    ]);
  });

  it("a shipyard written as a file is the shipyard of the project", async () => {
    const shipyard = SHIPYARD.replace("production", "live");
    const path = `${BASE}/resource/shipyard.yaml`;
    await host.call("PUT", path, { resourceContent: base64(shipyard) });
    const { json } = await host.call<{ shipyard: string; stages: { stageName: string }[] }>(
      "GET",
      "/api/controlPlane/v1/project/p",
    );
    expect(json.shipyard).toBe(shipyard);
    expect(json.stages.map((stage) => stage.stageName)).toEqual(["staging", "live"]);
  });
});

it("needs the token, at every level", async () => {
  for (const path of [`${BASE}/resource`, CARTS, `${CARTS}/slo.yaml`]) {
    const { status } = await host.call("GET", path, undefined, { "x-token": `${TOKEN}x` });
    expect(status).toBe(401);
  }
});
