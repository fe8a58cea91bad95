/** The bundler's process: started by the first build, let go when builds stop; the only importer of esbuild. @module */
import type { build as Build } from "esbuild";

export type { BuildFailure, Message, OnResolveResult, Plugin } from "esbuild";

/** The process takes about 30 MB: an idle host does without. */
const IDLE_MS = 2_000;

let underWay = 0;
let letGo: ReturnType<typeof setTimeout> | undefined;

/** Calls the builder; loads it when first needed, so that a start with kept bundles does without. */
export async function withBuilder<T>(work: (build: typeof Build) => Promise<T>): Promise<T> {
  const esbuild = await import("esbuild");
  underWay += 1;
  clearTimeout(letGo);
  try {
    return await work(esbuild.build);
  } finally {
    underWay -= 1;
    if (underWay === 0) {
      letGo = setTimeout(() => void esbuild.stop(), IDLE_MS);
      if (typeof letGo === "object") letGo.unref();
    }
  }
}
