/** `npm run conformance -- FILE…`: runs scenario and vector files, prints what differs. @module */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { isMap } from "./match.ts";
import { runScenario, type Scenario } from "./scenario.ts";
import { runVectors } from "./vectors.ts";

export interface Verdict {
  readonly name: string;
  readonly differences: readonly string[];
}
export interface FileVerdict {
  readonly verdicts: readonly Verdict[];
  /** Entries that describe Keptn and cannot be executed. */
  readonly notExecutable: number;
}

/** Runs one file; its content tells which of the two formats it has. */
export async function runFile(text: string): Promise<FileVerdict> {
  const content: unknown = parse(text, { maxAliasCount: -1 });
  if (isMap(content) && Array.isArray(content.scenarios)) return runScenarios(content.scenarios);
  const verdicts = runVectors(content).map(({ name, ok, diff }) => ({
    name,
    differences: ok ? [] : [diff].flat(),
  }));
  return { verdicts, notExecutable: 0 };
}

async function runScenarios(entries: readonly unknown[]): Promise<FileVerdict> {
  const executable = entries.filter((entry) => isMap(entry) && entry.kind === "engine");
  const verdicts: Verdict[] = [];
  for (const entry of executable as Scenario[]) {
    verdicts.push({ name: entry.id, differences: await runScenario(entry) });
  }
  return { verdicts, notExecutable: entries.length - executable.length };
}

/** The command: returns the exit code. */
export async function main(files: readonly string[]): Promise<number> {
  if (files.length === 0) {
    console.error("usage: npm run conformance -- FILE…");
    return 1;
  }
  let failed = 0;
  let passed = 0;
  let unreadable = false;
  for (const file of files) {
    try {
      const { verdicts, notExecutable } = await runFile(await readFile(file, "utf8"));
      for (const { name, differences } of verdicts) {
        if (differences.length === 0) passed++;
        else failed++;
        for (const line of differences) console.log(`${file} ${name}: ${line}`);
      }
      if (notExecutable > 0) console.log(`${file}: not executable: ${notExecutable}`);
    } catch (error) {
      unreadable = true;
      console.error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || unreadable ? 1 : 0;
}
