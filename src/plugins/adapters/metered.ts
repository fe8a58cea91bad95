/** The metered QuickJS: taken from the product's build, else written once into a cache. @module */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { meter } from "../sandbox/meter.ts";

export interface MeteredWasm {
  readonly module: WebAssembly.Module;
  /** SHA-256 of the metered binary, hex. */
  readonly hash: string;
}

/** SHA-256 of the QuickJS that is known to work: another one is refused, not guessed at. */
const QUICKJS_SHA256 = "d4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9";
const MAX_MEMORY = 64 << 20;
export const METERED_FILE = "quickjs.metered.wasm";
/** Raised when the metering changes: older files in caches are of no use then. */
const METER_VERSION = 1;

/** Meters the pinned QuickJS as installed for the module at `from`; takes about 0.1 s. */
export async function buildMeteredQuickJs(from: string = import.meta.url): Promise<Uint8Array> {
  const path = createRequire(from).resolve("quickjs-wasi/quickjs.wasm");
  const wasm = await readFile(path);
  const hash = sha256(wasm);
  if (hash !== QUICKJS_SHA256) {
    throw new Error(`${path} is not the pinned quickjs-wasi 3.6.2: its SHA-256 is ${hash}`);
  }
  return meter(wasm, MAX_MEMORY);
}

/** The bytes of the metered QuickJS and their hash; `cache` is a folder that may be written. */
export async function meteredBytes(
  cache?: string,
): Promise<{ readonly bytes: Uint8Array; readonly hash: string }> {
  const built = join(dirname(fileURLToPath(import.meta.url)), METERED_FILE);
  const cached =
    cache === undefined
      ? undefined
      : join(cache, `${QUICKJS_SHA256.slice(0, 16)}-${METER_VERSION}-${METERED_FILE}`);
  for (const path of [built, cached]) {
    const bytes = path === undefined ? undefined : await readFile(path).catch(() => undefined);
    if (bytes) return { bytes, hash: sha256(bytes) };
  }
  const bytes = await buildMeteredQuickJs();
  if (cached !== undefined) {
    await mkdir(dirname(cached), { recursive: true });
    const temporary = `${cached}.${process.pid}`;
    await writeFile(temporary, bytes);
    await rename(temporary, cached);
  }
  return { bytes, hash: sha256(bytes) };
}

/** The compiled metered QuickJS, ready for a core. */
export async function meteredQuickJs(cache?: string): Promise<MeteredWasm> {
  const { bytes, hash } = await meteredBytes(cache);
  return { module: await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>), hash };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
