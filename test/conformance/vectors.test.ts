import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runVectors } from "./vectors.ts";

const FILE = new URL("./lighthouse-vectors.json", import.meta.url);

describe("lighthouse vectors", () => {
  const runs = runVectors(JSON.parse(readFileSync(FILE, "utf8")));
  it("are all executed", () => expect(runs.length).toBe(288));
  it.each(runs)("$name", ({ diff }) => expect(diff).toBe(""));

  it("reports what cannot be executed", () => {
    const broken = [{ id: "x", kind: "unheard-of", expected: {} }, { kind: "score" }];
    expect(runVectors(broken).map(({ ok }) => ok)).toEqual([false, false]);
  });
  it("reports a wrong expectation", () => {
    const [run] = runVectors([
      { id: "p", kind: "percentile", values: [1], percentile: 0.5, expected: { value: 2 } },
    ]);
    expect(run).toMatchObject({ ok: false, diff: "$.value: expected 2, got 1" });
  });
});
