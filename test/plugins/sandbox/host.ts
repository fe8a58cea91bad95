/** A sandbox in this thread and small activations of it, for tests. @module */
import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundlePlugin } from "../../../src/plugins/adapters/bundler.ts";
import { meteredQuickJs } from "../../../src/plugins/adapters/metered.ts";
import { createCore } from "../../../src/plugins/sandbox/core.ts";
import { createSandboxHost } from "../../../src/plugins/sandbox/host.ts";
import type {
  Activation,
  Bundle,
  CallAnswer,
  GuestCall,
  SandboxHost,
} from "../../../src/plugins/sandbox/types.ts";
import type { Json } from "../../../src/spec/json.ts";

const CACHE = join(tmpdir(), "periplus-test-wasm");

/** A sandbox without threads. */
export async function inlineSandbox(): Promise<SandboxHost> {
  const { module, hash } = await meteredQuickJs(CACHE);
  return createSandboxHost(createCore({ wasm: module }), hash);
}

/** Bundles the text of a `plugin.ts`. */
export async function bundleOf(source: string, name = "probe"): Promise<Bundle> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "plugin-")));
  await writeFile(join(folder, "plugin.ts"), source);
  return bundlePlugin(folder, name, { root: folder });
}

/** The text of a plugin with one task, `probe`, of which `body` is the code. */
export function taskSource(body: string, more = ""): string {
  return `import { Cancelled, definePlugin, s, Uncertain } from "periplus/plugin";
export const used = [Cancelled, s, Uncertain];
export default definePlugin({ name: "probe", version: "1.0.0", api: 1, ${more}
  tasks: { async probe(ctx) {
${body}
  } },
});
`;
}

export const EVENT = {
  id: "e-1",
  type: "sh.keptn.event.probe.triggered",
  source: "test",
  specversion: "1.0",
  time: "2024-05-01T10:00:00.000Z",
  shkeptncontext: "c-1",
  data: { project: "sockshop", stage: "dev", service: "carts", labels: { a: "b" } },
};
export const NOW = Date.parse(EVENT.time);

/** An activation whose calls `answer` answers. */
export function activation(
  answer: (call: GuestCall) => Json | Promise<Json> | "suspend" = () => null,
  more: Partial<Activation> = {},
): Activation {
  return {
    handler: { kind: "task", task: "probe" },
    input: { event: EVENT, props: {}, config: {}, secrets: {} },
    now: NOW,
    seed: 7,
    replay: [],
    log: () => undefined,
    async call(call) {
      const value = await answer(call);
      if (value === "suspend") return "suspend";
      const settled: CallAnswer = { ok: true, value };
      return { answer: settled, now: NOW + (call.index + 1) * 1_000 };
    },
    ...more,
  };
}
