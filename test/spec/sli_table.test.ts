import { describe, expect, it } from "vitest";
import type { Evaluation, IndicatorResult } from "../../src/spec/evaluation.ts";
import { NOTHING_EVALUATED } from "../../src/spec/nothing_evaluated.ts";
import { scoreText, sliTable } from "../../src/spec/sli_table.ts";
import { explainResult } from "../../src/spec/sli_why.ts";

const EVALUATION: Evaluation = {
  timeStart: "",
  timeEnd: "",
  result: "pass",
  score: 100,
  sloFileContent: "",
  indicatorResults: [],
};

function result(about: Partial<IndicatorResult>): IndicatorResult {
  return {
    score: 1,
    value: { metric: "rt", value: 1234.5678, comparedValue: 0, success: true, unit: "ms" },
    displayName: "",
    passTargets: [{ criteria: "<= 2000", targetValue: 2000, violated: false }],
    warningTargets: null,
    keySli: false,
    status: "pass",
    ...about,
  };
}
const target = (criteria: string, targetValue: number, violated: boolean) => ({
  criteria,
  targetValue,
  violated,
});

describe("sliTable", () => {
  it("aligns the columns and ends with the score", () => {
    const indicatorResults = [result({ displayName: "Response time" }), result({ keySli: true })];
    const details = { objectives: [{ sli: "rt", weight: 2 }] };
    expect(sliTable({ ...EVALUATION, indicatorResults }, details)).toEqual([
      "SLI            VALUE       CRITERIA  SCORE  RESULT  WHY",
      "Response time  1234.57 ms  <= 2000   1/2    pass    1234.57 ms holds <=2000",
      "rt (key)       1234.57 ms  <= 2000   1      pass    1234.57 ms holds <=2000",
      "score 100 of 100: pass",
    ]);
  });
  it("shows no points of what is informational, as it has none", () => {
    const indicatorResults = [result({ score: 0, status: "info", passTargets: null })];
    const details = { objectives: [{ sli: "rt", weight: 1 }] };
    for (const more of [{}, details]) {
      const [, line] = sliTable({ ...EVALUATION, indicatorResults }, more);
      expect(line).toMatch(/^rt +1234.57 ms +- +- +info +informational$/);
    }
  });
  it("says when nothing was scored, and why that matters", () => {
    const nothing = { ...EVALUATION, indicatorResults: null, reason: NOTHING_EVALUATED };
    expect(sliTable(nothing)).toEqual([
      "nothing was scored",
      "warning: nothing was measured, so the result says nothing about the service",
    ]);
  });
});

it.each([
  [28.999999999999996, "28.99"],
  [7.000000000000001, "7"],
  [64.1, "64.1"],
  [66.66666666666667, "66.66"],
  [-50, "-50"],
])("a score of %d is shown as %s", (score, text) => expect(scoreText(score)).toBe(text));

it.each<[string, Partial<IndicatorResult>, string]>([
  ["no value", { value: null, status: "info" }, "informational, no value"],
  [
    "a failed value",
    { status: "fail", value: { metric: "rt", value: 0, success: false, message: "timed out" } },
    "timed out",
  ],
  ["no criteria", { passTargets: null }, "no criteria"],
  [
    "no history",
    { passTargets: [target("<=+10%", 0, false)] },
    "1234.57 ms holds: no earlier evaluation to compare with",
  ],
  [
    "a relative criterion",
    {
      status: "fail",
      value: { metric: "rt", value: 120, comparedValue: 100, success: true },
      passTargets: [target("<=+10%", 110, true), target("<600", 600, false)],
    },
    "120 violates <=+10% (110, from 100)",
  ],
  [
    "a warning",
    {
      status: "warning",
      passTargets: [target("<1000", 1000, true)],
      warningTargets: [target("<2000", 2000, false)],
    },
    "1234.57 ms violates <1000, but holds <2000",
  ],
])("explains %s", (_, about, why) => expect(explainResult(result(about))).toBe(why));
