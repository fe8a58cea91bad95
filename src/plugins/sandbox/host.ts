/** The sandbox as the platform sees it, over a core in this thread or in another. @module */
import { KeptnError } from "../../spec/errors.ts";
import type { Json } from "../../spec/json.ts";
import { type Manifest, parseManifest } from "../manifest.ts";
import type { Job } from "./activation.ts";
import type { Core, Loaded } from "./core.ts";
import type { RawEnded } from "./ended.ts";
import { createPositions } from "./positions.ts";
import type {
  Activation,
  Bundle,
  Ended,
  LoadedPlugin,
  SandboxHost,
  SourcePosition,
} from "./types.ts";

/** `wasmHash` is the SHA-256 of the WebAssembly that the core runs: journals are pinned to it too. */
export function createSandboxHost(core: Core, wasmHash: string): SandboxHost {
  const users = new Map<string, number>();
  return {
    async load(bundle) {
      const hash = await hashOf(bundle.code, wasmHash);
      const positions = createPositions(bundle);
      const loaded = await core.load({ name: bundle.name, code: bundle.code, hash });
      if (!loaded.ok) throw loadError(loaded, bundle.name, positions);
      const manifest = manifestOf(bundle, loaded.described);
      users.set(hash, (users.get(hash) ?? 0) + 1);
      return createPlugin(core, manifest, hash, positions, async () => {
        const left = users.get(hash)! - 1;
        users.set(hash, left);
        if (left === 0) await core.unload(hash);
      });
    },
    close: () => core.close(),
  };
}

function createPlugin(
  core: Core,
  manifest: Manifest,
  hash: string,
  positions: (stack: string) => SourcePosition | undefined,
  close: () => Promise<void>,
): LoadedPlugin {
  let open = true;
  return {
    manifest,
    hash,
    async run(activation) {
      const { ended, fuel } = await core.run(hash, jobOf(activation, manifest));
      return { ended: positioned(ended, positions), fuel };
    },
    async close() {
      if (!open) return;
      open = false;
      await close();
    },
  };
}

function jobOf({ input, ...rest }: Activation, { limits }: Manifest): Job {
  return { ...rest, input: JSON.stringify(input), limits };
}

function positioned(
  ended: RawEnded,
  positions: (stack: string) => SourcePosition | undefined,
): Ended {
  if (ended.kind !== "failed") return ended;
  const { stack, ...rest } = ended;
  const at = stack === undefined ? undefined : positions(stack);
  return at === undefined ? rest : { ...rest, at };
}

function manifestOf(bundle: Bundle, described: string): Manifest {
  if (bundle.manifest !== undefined)
    return parseManifest(bundle.manifest, `${bundle.name}/plugin.json`);
  return parseManifest(JSON.parse(described) as Json, `${bundle.name}: definePlugin`);
}

function loadError(
  { failed }: Extract<Loaded, { ok: false }>,
  name: string,
  positions: (stack: string) => SourcePosition | undefined,
): KeptnError {
  const at = failed.stack === undefined ? undefined : positions(failed.stack);
  const where = at ? `${at.file}:${at.line}:${at.column}` : name;
  const code = failed.failure === "threw" ? "ERR_PLUGIN_THREW" : "ERR_PLUGIN_LIMIT";
  const message = `${where}: while it was loaded: ${failed.name}: ${failed.message}`;
  return new KeptnError(code, message, {
    plugin: name,
    failure: failed.failure,
    ...(at ? { at } : {}),
  });
}

async function hashOf(code: string, wasmHash: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${wasmHash}\n${code}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
