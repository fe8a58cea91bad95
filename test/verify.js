/** `npm run verify`: format, lint, types, edge types and the core tests. @module */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages, missingPackages } from "../bin/packages.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FORMATTED = [
  "src",
  "bin",
  "test",
  "plugins",
  "*.json",
  "*.ts",
  "!test/conformance/*.{json,yaml}",
];
/** Tests that need nothing beside Node and take little time. */
const CORE = [
  "architecture",
  "spec",
  "engine",
  "http",
  "projects",
  "plugins/platform",
  "conformance",
];

const CHECKS = [
  { name: "format", command: "prettier", args: ["--check", "--log-level=warn", ...FORMATTED] },
  { name: "lint", command: "oxlint", args: ["--deny-warnings", "src", "bin", "test", "plugins"] },
  { name: "types", command: "tsc", args: ["-p", "."] },
  { name: "edge types", command: "tsc", args: ["-p", "tsconfig.edge.json"] },
  { name: "deno check", command: "deno", args: ["check", "src/cli/main.ts"] },
];
const CORE_TESTS = {
  name: "core tests",
  command: "vitest",
  args: ["run", "--reporter=dot", ...CORE.map((name) => `test/${name}`)],
};

/** Runs a step; resolves with what it printed when it failed, else undefined. */
function run({ command, args }) {
  const child = spawn(join(root, "node_modules", ".bin", command), args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code === 0 ? undefined : said));
  });
}

async function main() {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (missingPackages(root, manifest, { dev: true }).length > 0) {
    const say = (line) => process.stderr.write(`periplus: ${line}\n`);
    await installPackages(root, manifest, say, { dev: true });
  }
  // The checks share the cores; the tests take them all.
  const outcomes = await Promise.all(CHECKS.map(report));
  outcomes.push(await report(CORE_TESTS));
  return outcomes.every(Boolean) ? 0 : 1;
}

/** Runs a step and prints how it ended; resolves with whether it passed. */
async function report(step) {
  const from = Date.now();
  const said = await run(step);
  const outcome = said === undefined ? "ok" : "FAILED";
  const seconds = ((Date.now() - from) / 1000).toFixed(1);
  process.stdout.write(`${step.name.padEnd(12)}${outcome.padEnd(8)}${seconds} s\n${said ?? ""}`);
  return said === undefined;
}

process.exitCode = await main();
