/** Where a failure is told to be: the author's file and line. @module */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SandboxHost } from "../../../src/plugins/sandbox/types.ts";
import { bundleOf, inlineSandbox } from "../sandbox/host.ts";
import { Bench } from "./bench.ts";

let sandbox: SandboxHost;
beforeAll(async () => {
  sandbox = await inlineSandbox();
});
afterAll(() => sandbox.close());

const source = (body: string): string => `import { definePlugin } from "periplus/plugin";
export default definePlugin({ name: "hello", version: "1.0.0", api: 1,
  allow: { http: ["https://a.example"] },
  tasks: { async hello(ctx) {
    await ctx.kv.get("x");
    ${body}
  } } });
`;

test.each([
  ["throw new Error('no luck');", /^Error: no luck \(plugin\.ts:6:\d+\)$/],
  [
    "await fetch('https://b.example/');",
    /^Denied: hello may not reach https:\/\/b\.example; permit it with: .* \(plugin\.ts:6:\d+\)$/,
  ],
  ["await ctx.send('x.y', {});", /^Denied: hello may not send x\.y; .* \(plugin\.ts:6:\d+\)$/],
])("%s", async (body, message) => {
  const bundle = await bundleOf(source(body), "hello");
  const bench = await Bench.bundle({ sandbox, bundle });
  await bench.trigger("hello.triggered");
  await bench.finished(1);
  expect(bench.last("hello.finished").data).toMatchObject({
    status: "errored",
    message: expect.stringMatching(message) as string,
  });
});
