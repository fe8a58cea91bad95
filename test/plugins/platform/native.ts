/** A sandbox without walls: plugins of test code that speak the port of the real one. @module */
import type { Json, JsonObject } from "../../../src/spec/json.ts";
import type { Manifest } from "../../../src/plugins/manifest.ts";
import type {
  Activation,
  ActivationResult,
  Bundle,
  CallAnswer,
  Ended,
  LoadedPlugin,
  SandboxHost,
} from "../../../src/plugins/sandbox/types.ts";

export interface Guest {
  readonly event: JsonObject;
  readonly config: JsonObject;
  readonly secrets: { readonly [nameAndKey: string]: string };
  call(name: string, args: Json, index?: number): Promise<Json>;
}
export type GuestHandler = (guest: Guest) => Promise<Ended> | Ended;
export interface NativePlugin {
  readonly manifest: Manifest;
  readonly handlers: { readonly [handler: string]: GuestHandler };
}

export const passed: Ended = { kind: "returned", result: "pass" };

/** A manifest with defaults. */
export function manifest(name: string, more: Partial<Manifest> = {}): Manifest {
  return {
    name,
    version: "1.0.0",
    api: 1,
    allow: { http: [], secrets: [], events: [], resources: "read" },
    limits: { fuel: 1e6, memory: 1e7, wall: 5_000, calls: 1_000 },
    tasks: {},
    on: [],
    ...more,
  };
}

/** Loads plugins by the text of their bundle, which is the key of `plugins`. */
export function nativeSandbox(plugins: Map<string, NativePlugin>): SandboxHost {
  return {
    load: (bundle: Bundle) => {
      const plugin = plugins.get(bundle.code);
      if (!plugin) return Promise.reject(new Error(`no such plugin: ${bundle.code}`));
      return Promise.resolve(load(plugin, bundle.code));
    },
    close: () => Promise.resolve(),
  };
}

function load(plugin: NativePlugin, hash: string): LoadedPlugin {
  return {
    manifest: plugin.manifest,
    hash,
    run: (activation) => run(plugin, activation),
    close: () => Promise.resolve(),
  };
}

async function run(plugin: NativePlugin, activation: Activation): Promise<ActivationResult> {
  const { handler, input, replay } = activation;
  const key = handler.kind === "on" ? `on ${handler.type}` : `${handler.kind} ${handler.task}`;
  const replayed = new Map(replay.map((one) => [one.index, one]));
  const controller = new AbortController();
  let next = 0;
  let suspend: (ended: Ended) => void = () => undefined;
  const suspended = new Promise<Ended>((resolve) => (suspend = resolve));
  const guest: Guest = {
    ...input,
    call: async (name, args, at) => {
      const index = at ?? next;
      next = index + 1;
      const before = replayed.get(index);
      replayed.delete(index);
      if (before) return open(before.answer);
      const answered = await activation.call({ index, name, args }, controller.signal);
      if (answered !== "suspend") return open(answered.answer);
      suspend({ kind: "suspended" });
      return new Promise<Json>(() => undefined);
    },
  };
  const ran = (async (): Promise<Ended> => {
    try {
      return await plugin.handlers[key]!(guest);
    } catch (error) {
      const { name, message } = error as Error;
      return { kind: "failed", failure: "threw", name, message };
    }
  })();
  return { ended: await Promise.race([ran, suspended]), fuel: 0 };
}

function open(answer: CallAnswer): Json {
  if (answer.ok) return answer.value;
  throw Object.assign(new Error(answer.error.message), { name: answer.error.name });
}
