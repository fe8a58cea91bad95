/** `npm test`: installs what tests need, runs all of them, and ends with one plain line of counts. @module */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages, missingPackages } from "../bin/packages.js";
import { setUp } from "../bin/set_up.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => process.stderr.write(`periplus: ${line}\n`);

/** Runs vitest in this terminal; resolves with its exit code. */
function runVitest(report, args) {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Passed, failed and skipped tests of a report; a file that could not run counts as failed. */
function counts(report) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((one) => one.status !== "failed"),
  );
  const skipped = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "pending" || status === "skipped"),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: numPendingTests + numTodoTests,
    skippedNames: skipped.map(({ fullName }) => fullName),
  };
}

async function main() {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (missingPackages(root, manifest, { dev: true }).length > 0) {
    await installPackages(root, manifest, say, { dev: true });
  }
  await setUp(root);
  const folder = mkdtempSync(join(tmpdir(), "periplus-test-"));
  try {
    const report = join(folder, "report.json");
    const code = await runVitest(report, process.argv.slice(2));
    const { passed, failed, skipped, skippedNames } = counts(report);
    for (const name of skippedNames) process.stdout.write(`skipped: ${name}\n`);
    // On CI everything has to run: what a machine lacks there is a fault of the machine's set-up.
    const refused = process.env.CI === "true" && skipped > 0;
    if (refused) process.stdout.write("with CI=true a skipped test is a failure\n");
    const more = skipped > 0 ? `, ${skipped} skipped` : "";
    process.stdout.write(`${passed} passed, ${failed} failed${more}\n`);
    return code !== 0 || failed > 0 || refused ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.stdout.write("0 passed, 1 failed\n");
  process.exitCode = 1;
}
