/** Runs a TypeScript program of the test folder on plain Node: bundles it beside the product's build. @module */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setUp } from "../bin/set_up.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Runs `main(arguments)` of a module and exits with the code that it returns.
 *
 * @param {string} entry path below the repository's root
 */
export async function runTypeScript(entry) {
  const bundles = await setUp(root);
  const { build } = await import("esbuild");
  const folder = join(root, "dist", "tools");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${entry.replaceAll(/[^a-z]+/g, "-")}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: "inline",
    logLevel: "error",
  });
  try {
    const { main } = await import(pathToFileURL(outfile).href);
    process.exitCode = await main(process.argv.slice(2), { root, bundles });
  } finally {
    rmSync(outfile, { force: true });
  }
}
