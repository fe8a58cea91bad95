/** Loads bundles and runs their handlers; knows no runtime, no manifest and no source map. @module */
import type { Job, JobResult, Slice } from "./activation.ts";
import { failureOf, type RawEnded } from "./ended.ts";
import { Engine, type Image } from "./engine.ts";
import { IdleMachines, MAX_CHARACTERS, Machines } from "./machines.ts";

/** An evaluated plugin: its memory, and its definition as JSON text. */
export interface Frozen {
  readonly image: Image;
  readonly described: string;
}

/** Keeps frozen plugins over restarts. */
export interface ImageCache {
  get(hash: string): Promise<Frozen | undefined>;
  put(hash: string, frozen: Frozen): Promise<void>;
}

export interface CoreOptions {
  /** A metered QuickJS. */
  readonly wasm: WebAssembly.Module;
  readonly images?: ImageCache;
  /** Decides whose guest code runs next; at once unless set. */
  readonly slice?: (hash: string, work: () => void) => Promise<void>;
  /** A clock that measures guest time, in milliseconds. */
  readonly elapsed?: () => number;
}

export interface Script {
  readonly name: string;
  readonly code: string;
  readonly hash: string;
}

export type Loaded =
  | { readonly ok: true; readonly described: string }
  | { readonly ok: false; readonly failed: Extract<RawEnded, { kind: "failed" }> };

/** What runs guests: in this thread, or behind messages in another. */
export interface Core {
  load(script: Script): Promise<Loaded>;
  run(hash: string, job: Job): Promise<JobResult>;
  unload(hash: string): Promise<void>;
  close(): Promise<void>;
}

/** Evaluating a bundle may take this many instructions. */
const LOAD_FUEL = 200_000_000;

/** A core in this thread. */
export function createCore(options: CoreOptions): Core {
  const { wasm, images, elapsed = () => performance.now() } = options;
  const slice = options.slice ?? ((_hash: string, work: () => void) => Promise.resolve(work()));
  const plugins = new Map<string, Machines>();
  const idle = new IdleMachines();
  const add = (hash: string, image: Image): void => {
    const own: Slice = (work) => slice(hash, work);
    plugins.get(hash)?.close();
    plugins.set(hash, new Machines(wasm, image, { slice: own, elapsed, idle }));
  };
  const load = async ({ name, code, hash }: Script): Promise<Loaded> => {
    const cached = await images?.get(hash);
    const frozen = cached ?? (await freeze(wasm, name, code));
    if ("kind" in frozen) return { ok: false, failed: frozen };
    add(hash, frozen.image);
    if (!cached) await images?.put(hash, frozen);
    return { ok: true, described: frozen.described };
  };
  const loading = new Map<string, Promise<Loaded>>();
  return {
    load(script) {
      const loaded = load(script);
      loading.set(script.hash, loaded);
      return loaded;
    },
    async run(hash, job) {
      await loading.get(hash);
      const machines = plugins.get(hash);
      if (!machines) throw new Error(`no plugin ${hash} is loaded`);
      return machines.run(job);
    },
    async unload(hash) {
      plugins.get(hash)?.close();
      plugins.delete(hash);
      loading.delete(hash);
    },
    async close() {
      for (const machines of plugins.values()) machines.close();
      plugins.clear();
    },
  };
}

type LoadFailure = Extract<RawEnded, { kind: "failed" }>;

async function freeze(
  wasm: WebAssembly.Module,
  name: string,
  code: string,
): Promise<Frozen | LoadFailure> {
  const engine = await Engine.create({ wasm, characters: MAX_CHARACTERS, post: () => undefined });
  try {
    engine.fuel = LOAD_FUEL;
    engine.evaluate(code, `${name}.js`);
    engine.drain(() => false);
    const described = engine.describe();
    if (described === undefined) return failure("output", "the definition is longer than 1 MB");
    return { image: engine.freeze(), described };
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) return failureOf(error) as LoadFailure;
    return engine.fuel < 0
      ? failure("fuel", `evaluating the plugin takes more than ${LOAD_FUEL} instructions`)
      : failure("crash", `the engine stopped: ${error.message}`);
  } finally {
    engine.dispose();
  }
}

function failure(kind: LoadFailure["failure"], message: string): LoadFailure {
  return { kind: "failed", failure: kind, name: "Limit", message };
}
