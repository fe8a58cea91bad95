import { expect, expectTypeOf, test } from "vitest";
import { definePlugin, s, type Infer } from "../../../src/plugins/sdk/mod.ts";

test("a schema gives its type, and its JSON Schema", () => {
  const config = s.object({
    server: s.url(),
    retries: s.integer({ default: 3 }),
    note: s.optional(s.string()),
    mode: s.oneOf(["fast", "safe"], { default: "safe" }),
    labels: s.record(s.string()),
  });
  expectTypeOf<Infer<typeof config>>().toEqualTypeOf<{
    server: string;
    retries: number;
    mode: "fast" | "safe";
    labels: { [key: string]: string };
    note?: string;
  }>();
  expect(config.json).toEqual({
    type: "object",
    properties: {
      server: { type: "string", format: "uri", pattern: "^https?://" },
      retries: { type: "integer", default: 3 },
      note: { type: "string" },
      mode: { enum: ["fast", "safe"], default: "safe" },
      labels: { type: "object", additionalProperties: { type: "string" } },
    },
    required: ["server", "labels"],
  });
});

test("config and props are typed in every handler", () => {
  const plugin = definePlugin({
    name: "typed",
    version: "1.0.0",
    api: 1,
    config: s.object({ server: s.url() }),
    tasks: {
      deployment: {
        props: s.object({ strategy: s.oneOf(["direct", "user_managed"]) }),
        run(ctx) {
          expectTypeOf(ctx.config).toEqualTypeOf<{ server: string }>();
          expectTypeOf(ctx.props).toEqualTypeOf<{ strategy: "direct" | "user_managed" }>();
          return ctx.pass();
        },
        cancel(ctx) {
          expectTypeOf(ctx.props.strategy).toEqualTypeOf<"direct" | "user_managed">();
        },
      },
      async release(ctx) {
        expectTypeOf(ctx.config.server).toBeString();
        return ctx.pass({ release: true });
      },
    },
    on: {
      "evaluation.finished"(ctx) {
        expectTypeOf(ctx.config.server).toBeString();
      },
    },
  });
  expect(Object.keys(plugin.tasks ?? {})).toEqual(["deployment", "release"]);
});
