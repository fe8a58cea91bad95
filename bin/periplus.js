#!/usr/bin/env node
/** The `periplus` command: sets itself up where needed, then runs the bundled program. @module */
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const OLDEST = [20, 19];

/** Whether this runtime can run the bundles. */
function supported(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

async function main() {
  if (!supported(process.versions.node)) {
    throw new Error(
      `Node ${process.versions.node} is too old: install Node ${OLDEST.join(".")} or newer`,
    );
  }
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const { setUp } = await import("./set_up.js");
  const bundles = await setUp(root);
  const program = await import(pathToFileURL(`${bundles}/cli.js`).href);
  return program.main(process.argv.slice(2), { root, bundles });
}

try {
  const code = await main();
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  process.stderr.write(`periplus: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
