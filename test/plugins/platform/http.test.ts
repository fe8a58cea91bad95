/** Outgoing requests of guests: grants, secrets, redirects. @module */
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { Grants } from "../../../src/plugins/grants.ts";
import { basicPlaceholder, hmacPlaceholder } from "../../../src/plugins/placeholder.ts";
import type { Json } from "../../../src/spec/json.ts";
import { Bench, text } from "./bench.ts";
import { type Guest, manifest, passed } from "./native.ts";

const SECRET = "s3cret-value";

async function ask(
  args: (secret: string) => { [name: string]: Json },
  options: {
    grants?: Grants;
    shipped?: boolean;
    declared?: readonly string[];
    reply?: Bench["reply"];
  } = {},
): Promise<{ bench: Bench; answer: unknown }> {
  let answer: unknown;
  const run = async ({ call, secrets }: Guest) => {
    try {
      answer = await call("http", { headers: [], ...args(secrets["argo/token"] ?? "") });
    } catch (error) {
      answer = `${(error as Error).name}: ${(error as Error).message}`;
    }
    return passed;
  };
  const plugin = {
    manifest: manifest("demo", {
      tasks: { deployment: { cancels: false, onUncertain: "resend" } },
      allow: {
        http: options.declared ?? ["{config.server}"],
        secrets: ["argo"],
        events: [],
        resources: "read",
      },
    }),
    handlers: { "task deployment": run },
  };
  const bench = await Bench.open(
    { v1: plugin },
    {
      shipped: options.shipped ?? true,
      grants: options.grants ?? { demo: [{ http: ["https://argo.example"] }] },
    },
  );
  bench.secrets.set("argo", { token: SECRET });
  if (options.reply) bench.reply = options.reply;
  await bench.trigger("deployment.triggered");
  await bench.finished(1);
  return { bench, answer };
}

test("a secret is put in at the wall and masked on the way back; neither guest nor journal has it", async () => {
  let seenByGuest = "";
  const { bench, answer } = await ask(
    (secret) => {
      seenByGuest = secret;
      return {
        url: "https://argo.example/x",
        method: "POST",
        headers: [
          ["authorization", `Bearer ${secret}`],
          ["x-basic", basicPlaceholder("me", secret)],
          ["x-signature", hmacPlaceholder(secret, "sha256", "body")],
        ],
        body: { text: `{"token":"${secret}"}` },
      };
    },
    {
      reply: (request) => ({
        ...text(200, `you sent ${request.headers.authorization}`),
        headers: { echo: SECRET },
      }),
    },
  );
  const basic = Buffer.from(`me:${SECRET}`).toString("base64");
  expect(bench.requests[0]).toMatchObject({
    headers: {
      authorization: `Bearer ${SECRET}`,
      "x-basic": `Basic ${basic}`,
      "x-signature": createHmac("sha256", SECRET).update("body").digest("hex"),
    },
  });
  expect(new TextDecoder().decode(bench.requests[0]!.body)).toBe(`{"token":"${SECRET}"}`);
  expect(answer).toMatchObject({
    body: { text: "you sent Bearer ***" },
    headers: [["echo", "***"]],
  });
  expect(bench.lines).toContain("info plugin request");
  expect(seenByGuest).toMatch(/^pps_[0-9a-f]{64}$/);
  const [rows] = await bench.store.read([{ sql: "SELECT * FROM journal", args: [] }]);
  expect(rows).toHaveLength(1);
  expect(JSON.stringify([rows, bench.log, bench.lines])).not.toContain(SECRET);
});

test("a redirect is checked anew and leaves credentials behind", async () => {
  const { bench, answer } = await ask(
    (secret) => ({
      url: "https://argo.example/x",
      method: "GET",
      headers: [
        ["authorization", `Bearer ${secret}`],
        ["accept", "text/plain"],
      ],
    }),
    {
      grants: { demo: [{ http: ["https://argo.example", "https://other.example"] }] },
      reply: ({ url }) =>
        url.includes("argo")
          ? { ...text(302, ""), headers: { location: "https://other.example/y" } }
          : text(200, "there"),
    },
  );
  expect(answer).toMatchObject({ url: "https://other.example/y", body: { text: "there" } });
  expect(bench.requests[1]!.headers).toEqual({ accept: "text/plain" });
});

test.each([
  [
    "https://elsewhere.example/",
    /^Denied: demo may not reach https:\/\/elsewhere\.example; permit it with: periplus plugin allow demo --http https:\/\/elsewhere\.example --project p$/,
  ],
  ["ftp://argo.example/", /^Denied: only http and https/],
  ["https://me:pw@argo.example/", /^Denied: no user and password in an address/],
  ["nonsense", /^TypeError: nonsense is no absolute URL$/],
])("%s is refused", async (url, message) => {
  const { bench, answer } = await ask(() => ({ url, method: "GET" }));
  expect(answer).toMatch(message);
  expect(bench.requests).toEqual([]);
});

test("a redirect to an address that is not granted is refused", async () => {
  const { answer, bench } = await ask(() => ({ url: "https://argo.example/", method: "GET" }), {
    reply: () => ({ ...text(302, ""), headers: { location: "http://169.254.169.254/" } }),
  });
  expect(answer).toMatch(/^Denied: demo may not reach http:\/\/169\.254\.169\.254/);
  expect(bench.requests).toHaveLength(1);
});

test("what the plugin does not declare cannot be granted", async () => {
  const { answer } = await ask(() => ({ url: "https://argo.example/", method: "GET" }), {
    declared: [],
  });
  expect(answer).toMatch(/^Denied: demo does not declare http: add allow/);
});

test("a secret in an address is refused", async () => {
  const { answer } = await ask((secret) => ({
    url: `https://argo.example/${secret}`,
    method: "GET",
  }));
  expect(answer).toBe("Denied: a secret may stand in a header or body, not in an address");
});

test("a new user plugin waits for its grant and says how to give it; then it runs", async () => {
  const { bench } = await ask(() => ({ url: "https://argo.example/", method: "GET" }), {
    shipped: false,
    grants: {},
  });
  expect(bench.last("finished").data).toMatchObject({
    status: "errored",
    result: "fail",
    message:
      "plugin demo waits for a grant (http {config.server}, secret argo); " +
      "permit it with: periplus plugin allow demo --http ORIGIN --secret argo",
  });
  expect(await bench.platform.read("demo")).toMatchObject({ state: "waiting for grant" });
  await bench.platform.allow("demo", { http: ["https://argo.example"], project: "p" }, "admin");
  expect(await bench.platform.read("demo")).toMatchObject({
    state: "ready",
    grants: [{ project: "p", http: ["https://argo.example"] }],
  });
  await bench.trigger("deployment.triggered");
  await bench.finished(2);
  expect(bench.requests).toHaveLength(1);
  await bench.platform.forgetProject("p");
  expect(await bench.platform.read("demo")).toMatchObject({ state: "waiting for grant" });
});

test("grants that are given at once are all kept", async () => {
  const { bench } = await ask(() => ({ url: "https://argo.example/", method: "GET" }));
  const allow = (origin: string) => bench.platform.allow("demo", { http: [origin] }, "admin");
  await Promise.all(["https://one.example", "https://two.example"].map(allow));
  const kept = JSON.stringify(bench.grants);
  expect(kept).toContain("https://one.example");
  expect(kept).toContain("https://two.example");
});

test("a denial stands in the list with the line that permits it", async () => {
  const { bench } = await ask(() => ({ url: "https://elsewhere.example/", method: "GET" }));
  expect(await bench.platform.read("demo")).toMatchObject({
    denied: [{ missing: "http https://elsewhere.example", count: 1 }],
  });
});

test.each([
  [{ http: ["not an address"] }, /expected an origin, host:port or CIDR/],
  [{ oops: 1 }, /oops/],
])("the grant %j is refused", async (grant, message) => {
  const { bench } = await ask(() => ({ url: "https://argo.example/", method: "GET" }));
  await expect(bench.platform.allow("demo", grant as never, "admin")).rejects.toThrow(message);
});
