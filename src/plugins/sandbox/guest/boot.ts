/** The first thing that runs in a guest: takes the host's function away, puts the globals in place. @module */
import { type Post, POST } from "../post.ts";
import type { GuestInput, Handler } from "../types.ts";
import { describe } from "./describe.ts";
import { installGlobals } from "./globals.ts";
import { perform } from "./perform.ts";
import { seeded } from "./random.ts";
import { Wire } from "./wire.ts";

/** What the host calls; it lies on the global object only until the host has taken it. */
export interface Entry {
  run(handlerJson: string, inputJson: string, seed: number): void;
  settle(index: number, ok: number, json: string): void;
  describe(): string;
  /** The stack of whoever was interrupted. */
  stack(): string;
}

const global = globalThis as unknown as { periplusPost?: Post; periplusEntry?: Entry };
const post = global.periplusPost!;
delete global.periplusPost;

const encode = JSON.stringify;
const decode = JSON.parse;
let wire = new Wire(post);

installGlobals(() => wire);

/** Registers the plugin's module. */
export function boot(plugin: { readonly default?: unknown }): void {
  global.periplusEntry = {
    run(handlerJson, inputJson, seed) {
      wire = new Wire(post);
      Math.random = seeded(seed);
      const handler = decode(handlerJson) as Handler;
      perform(wire, plugin.default, handler, decode(inputJson) as GuestInput).then(
        (result) => post(POST.done, 1, "", encode(result)),
        (error: unknown) => post(POST.done, 0, "", encode(failureOf(error))),
      );
    },
    settle: (index, ok, json) => wire.settle(index, ok === 1, json),
    describe() {
      if (typeof plugin.default !== "object" || plugin.default === null) {
        throw new TypeError("no default export: write `export default definePlugin({ … })`");
      }
      return encode(describe(plugin.default));
    },
    stack: () => new Error("trapped").stack ?? "",
  };
}

function failureOf(error: unknown): { name: string; message: string; stack: string } {
  if (!(error instanceof Error))
    return { name: "Error", message: `threw ${String(error)}`, stack: "" };
  return {
    name: String(error.name),
    message: String(error.message),
    stack: String(error.stack ?? ""),
  };
}
