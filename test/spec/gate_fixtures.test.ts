import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSli } from "../../src/spec/sli_file.ts";
import { parseSlo } from "../../src/spec/slo_file.ts";

const SHARED = process.env.PERIPLUS_SHARED ?? join(import.meta.dirname, "../../../shared");
const INDEX = join(SHARED, "fixtures/index.csv");
const READERS = { slo: parseSlo, sli: parseSli };

interface Fixture {
  readonly file: string;
  readonly kind: keyof typeof READERS;
  readonly expect: string;
}

function fixtures(): Fixture[] {
  const [header = "", ...rows] = readFileSync(INDEX, "utf8").trim().split("\n");
  const columns = header.split(",");
  return rows
    .map((row) => row.split(","))
    .map((cells) => ({
      file: cells[columns.indexOf("file")]!,
      kind: cells[columns.indexOf("kind")] as Fixture["kind"],
      expect: cells[columns.indexOf("expect")]!,
    }))
    .filter(({ kind }) => kind in READERS);
}

if (existsSync(INDEX)) {
  describe("SLO and SLI files of Keptn users", () => {
    it.each(fixtures())("$file is $expect", ({ file, kind, expect: expected }) => {
      const text = readFileSync(join(SHARED, "fixtures", file), "utf8");
      const read = READERS[kind](text);
      expect(read.ok).toBe(expected === "valid" || expected === "edge");
      if (read.ok) return;
      const [problem] = read.problems;
      expect(problem?.line).toBeGreaterThan(0);
      if (expected === "legacy") expect(problem?.message).toContain("older than Keptn 0.8");
    });
  });
} else {
  describe("SLO and SLI files of Keptn users", () => {
    it.skip("needs the fixtures folder: set PERIPLUS_SHARED to the folder that holds it", () => {});
  });
}
