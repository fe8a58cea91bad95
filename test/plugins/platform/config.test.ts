/** Configuration of plugins and properties of tasks. @module */
import { expect, test } from "vitest";
import { s } from "../../../src/plugins/sdk/schema.ts";
import { checkSchema } from "../../../src/plugins/schema_check.ts";
import type { JsonObject } from "../../../src/spec/json.ts";
import { Bench } from "./bench.ts";
import { manifest } from "./native.ts";

const CONFIG = s.object({
  server: s.url(),
  app: s.string({ default: "$SERVICE-$STAGE" }),
  timeout: s.duration({ default: "30m" }),
  tags: s.optional(s.array(s.string())),
});

async function run(files: { [path: string]: string }, props: JsonObject = {}) {
  const bench = await Bench.open({
    v1: {
      manifest: manifest("demo", {
        config: CONFIG.json,
        tasks: {
          deployment: {
            cancels: false,
            onUncertain: "resend",
            props: s.object({ strategy: s.oneOf(["direct", "gitops"], { default: "direct" }) })
              .json,
          },
        },
      }),
      handlers: {
        "task deployment": ({ config }) => ({ kind: "returned", result: "pass", data: { config } }),
      },
    },
  });
  for (const [path, content] of Object.entries(files)) bench.files.set(path, content);
  await bench.trigger("deployment.triggered", { deployment: props });
  await bench.finished(1);
  return bench.last("deployment.finished").data;
}

test("levels are merged, defaults filled in, places put into texts", async () => {
  expect(
    await run({
      "p/demo/config.yaml": "server: https://a\ntags: [x, y]\n",
      "p/dev/demo/config.yaml": "tags: [z]\n",
      "p/dev/svc/demo/config.yaml": "server: https://b\n",
    }),
  ).toMatchObject({
    result: "pass",
    config: { server: "https://b", app: "svc-dev", timeout: "30m", tags: ["z"] },
  });
});

test.each([
  [
    { "p/demo/config.yaml": "server: https://a\n", "p/dev/demo/config.yaml": "\ntimeout: soon\n" },
    'demo/config.yaml:2:1 (stage level) expected a duration such as 90s or 1h30m, found "soon"',
  ],
  [
    {},
    "demo/config.yaml: server is missing: expected an http or https URL (no level of this service has the file)",
  ],
  [{ "p/demo/config.yaml": "server: [\n" }, /^demo\/config\.yaml:\d+:\d+ \(project level\)/],
] as const)("a wrong configuration is told with file and line: %j", async (files, message) => {
  expect(await run(files as { [path: string]: string })).toMatchObject({
    status: "errored",
    message: typeof message === "string" ? message : (expect.stringMatching(message) as string),
  });
});

test("a wrong property of the shipyard task is told", async () => {
  const data = await run({ "p/demo/config.yaml": "server: https://a\n" }, { strategy: "x" });
  expect(data).toMatchObject({
    status: "errored",
    message:
      'property deployment.strategy of the shipyard task: expected one of "direct", "gitops", found "x"',
  });
});

test.each([
  [s.integer({ minimum: 1 }), 0, /at least 1/],
  [s.integer(), 1.5, /type integer/],
  [s.array(s.number()), [1, "x"], /type number/],
  [s.object({ a: s.string() }, { strict: true }), { a: "x", b: 1 }, /b is unknown here/],
  [s.anyOf(s.string(), s.number()), true, /expected text or a value of type number/],
  [s.record(s.boolean()), { a: 1 }, /type boolean/],
  [s.string({ pattern: "^a$" }), "b", /matches \^a\$/],
])("schema %j refuses %j", (schema, value, message) => {
  expect(checkSchema(schema.json, value).problems[0]?.message).toMatch(message);
});
