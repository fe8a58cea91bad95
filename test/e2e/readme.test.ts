/** What the README shows works as it stands there. @module */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readYaml } from "../../src/spec/yaml.ts";
import { root } from "../runtime/serve.ts";

const MINUTE = 60_000;
const readme = readFileSync(join(root, "README.md"), "utf8");

let folder: string;
let tarball: string;

function blocks(language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms");
  return [...readme.matchAll(fence)].map(([, text]) => text!);
}

/** Lines of all jobs in a pipeline file: GitHub's `run` steps or GitLab's `script`. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== "object" || value === null) return;
    for (const [name, part] of Object.entries(value)) {
      if (name === "run") lines.push(String(part));
      else if (name === "script" && Array.isArray(part)) lines.push(...part.map(String));
      else walk(part);
    }
  };
  walk(readYaml(text).value);
  return lines;
}

/** The machine's own environment, which knows its way to the registry. */
function machine(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !name.startsWith("PERIPLUS_"),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

function shell(line: string, cwd: string, env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("/bin/sh", ["-c", line], { cwd, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${line}\n${stdout}${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "periplus-readme-"));
  await shell(`npm pack --silent --pack-destination "${folder}"`, root, machine());
  tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".tgz"))!,
  );
}, 2 * MINUTE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("pipeline jobs of the README run unchanged in an empty folder", () => {
  test.each([
    ["GitHub Actions", "runs-on:"],
    ["GitLab", "script:"],
  ])("%s", { timeout: 5 * MINUTE }, async (name, sign) => {
    const job = blocks("yaml").find((text) => text.includes(sign))!;
    const lines = linesOf(job);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines[0]).toContain("$PERIPLUS_PACKAGE");
    const empty = join(folder, name.replace(" ", "-"));
    const prefix = join(folder, `prefix-${name.replace(" ", "-")}`);
    mkdirSync(empty);
    const env = {
      ...machine(),
      PERIPLUS_PACKAGE: tarball,
      npm_config_prefix: prefix,
      PATH: [join(prefix, "bin"), process.env.PATH].join(delimiter),
    };
    let said = "";
    for (const line of lines) said = await shell(line, empty, env);
    expect(said).toContain("score 100 of 100: pass");
    expect(readdirSync(empty)).toContain("gate.xml");
  });
});

test("pictures and files that it names are there", () => {
  const named = [...readme.matchAll(/\]\((docs\/[^)]+)\)/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(0);
  for (const path of named) expect(readFileSync(join(root, path)).length).toBeGreaterThan(0);
});

test("it never tells anybody outside a clone to run npx", () => {
  const outside = readme.split("## The command")[1]!.split("Elsewhere")[1]!;
  expect(outside).not.toMatch(/npx periplus/);
});
