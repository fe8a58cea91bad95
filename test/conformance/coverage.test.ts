/** Every entry that a test can execute carries its id in a test's name, or is listed as open. @module */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

const here = import.meta.dirname;
const KINDS = ["http", "uniform", "ingest", "datastore", "executor"];
/** Names of suites and tests that begin with ids: `PRJ-02 a project is created`. */
const NAME = /["'`]([A-Z]+-\d\d[:, ][^"'`\n]+)/g;

interface Entry {
  readonly id: string;
  readonly kind: string;
}

const text = readFileSync(join(here, "scenarios.yaml"), "utf8");
const entries = (parse(text) as { readonly scenarios: readonly Entry[] }).scenarios.filter(
  ({ kind }) => KINDS.includes(kind),
);
const tests = dirname(here);
const names = readdirSync(tests, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.ts"))
  .flatMap((path) => [...readFileSync(join(tests, path), "utf8").matchAll(NAME)])
  .map(([, name]) => name!);
const open = readFileSync(join(here, "open.md"), "utf8")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter((cells) => cells.length === 5);

test.each(entries)("$id is tested or open with a reason", ({ id }) => {
  const named = names.filter((name) => name.split(/[^A-Z0-9-]/).includes(id));
  const reasons = open.filter(([, entry]) => entry!.split(/[ ,]+/).includes(id));
  for (const [, entry, left, why] of reasons) {
    expect(left, `${entry}: what is left out`).not.toBe("");
    expect(why, `${entry}: why`).not.toBe("");
  }
  const whole = reasons.some(([, , left]) => left === "all");
  expect(named.length > 0 || whole, `${id} is neither tested nor open`).toBe(true);
});
