/** The launcher: installs, builds, and does neither twice. @module */
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const run = promisify(execFile);
let folder: string;

vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "periplus-set-up-"));
  cpSync(join(root, "bin"), join(folder, "bin"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  mkdirSync(join(folder, "src/cli"), { recursive: true });
  mkdirSync(join(folder, "src/bridge"));
  // The parts of the platform that every build holds.
  for (const part of ["plugins", "spec"]) {
    symlinkSync(join(root, "src", part), join(folder, "src", part));
  }
  writeFileSync(join(folder, "src/bridge/main.ts"), "export {};\n");
  says("hello");
  writeManifest({ esbuild: "0.28.2" });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that prints one word. */
function says(word: string): void {
  const code = `export async function main() { process.stdout.write("${word}\\n"); return 0; }\n`;
  writeFileSync(join(folder, "src/cli/main.ts"), code);
}

function writeManifest(dependencies: Record<string, string>): void {
  const manifest = { name: "p", type: "module", files: ["bin"], dependencies, devDependencies: {} };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
}

function start(env: Record<string, string> = {}) {
  return run(process.execPath, [join(folder, "bin/periplus.js")], {
    env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), ...env },
  });
}

test("the first start builds, the second only runs", async () => {
  expect(await start()).toEqual({ stdout: "hello\n", stderr: "periplus: building\n" });
  expect(await start()).toEqual({ stdout: "hello\n", stderr: "" });
});

test("changed sources are built again, touched ones are not", async () => {
  await start();
  utimesSync(join(folder, "src/cli/main.ts"), new Date(), new Date(0));
  expect(await start()).toEqual({ stdout: "hello\n", stderr: "" });
  says("changed");
  expect(await start()).toEqual({ stdout: "changed\n", stderr: "periplus: building\n" });
});

test("starts at the same time set up once and all run", async () => {
  const results = await Promise.all([start(), start(), start()]);
  expect(results.map(({ stdout }) => stdout)).toEqual(["hello\n", "hello\n", "hello\n"]);
  const said = results.map(({ stderr }) => stderr).join("");
  expect(said.match(/building/g)).toHaveLength(1);
  expect(readdirSync(join(folder, "dist")).filter((name) => name.startsWith("."))).toEqual([]);
});

test("the lock of a start that was killed is taken over", async () => {
  const gone = run(process.execPath, ["-e", "0"]);
  await gone;
  mkdirSync(join(folder, "dist"));
  writeFileSync(join(folder, "dist/lock"), String(gone.child.pid));
  expect((await start()).stdout).toBe("hello\n");
});

test("where nothing can be written beside the package, bundles go to the user's cache", async () => {
  // A file in the folder's place cannot be written into even by root.
  writeFileSync(join(folder, "dist"), "");
  expect(await start()).toEqual({ stdout: "hello\n", stderr: "periplus: building\n" });
  expect(await start()).toEqual({ stdout: "hello\n", stderr: "" });
});

test("an installed package that lacks another says what to do", async () => {
  writeManifest({ esbuild: "0.28.2", nowhere: "1.0.0" });
  await expect(start()).rejects.toMatchObject({
    code: 1,
    stderr:
      "periplus: the installation lacks nowhere: install the package again with npm install\n",
  });
});

test("a program that does not build is told with its place", async () => {
  writeFileSync(join(folder, "src/cli/main.ts"), "export const = 1;\n");
  await expect(start()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/the build failed: .* \(src\/cli\/main\.ts:1\)\n$/),
  });
});
