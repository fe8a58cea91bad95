/** The total score of an evaluation and the decision it leads to. @module */
import type { EvaluationResult } from "./evaluation.ts";
import { formatNumber, parseNumber } from "./number_text.ts";
import type { KeyFailure } from "./objective.ts";
import type { TotalScore } from "./slo.ts";

/** What an indicator result contributes. */
export interface Scored {
  readonly score: number;
  readonly passTargets: readonly unknown[] | null;
}

export interface Decision {
  readonly result: EvaluationResult;
  readonly score: number;
  /** Empty for a pass. */
  readonly message: string;
}

/** A total score that cannot be read, in Keptn's words. */
export interface BadTotalScore {
  readonly error: string;
}

interface Goals {
  readonly pass: number;
  readonly warning: number | undefined;
}

/** Adds up the points and decides (Keptn: lighthouse.md 5); `maximum` 0 means that nothing is scored. */
export function decide(
  results: readonly Scored[],
  maximum: number,
  totalScore: TotalScore | null,
  keyFailure: KeyFailure | undefined,
): Decision | BadTotalScore {
  const goals = readTotalScore(totalScore);
  if ("error" in goals) return goals;
  if (maximum === 0) return { result: "pass", score: 100, message: "" };
  let points = 0;
  for (const { score, passTargets } of results) {
    if (passTargets && passTargets.length > 0) points += score;
  }
  // Never rounded: 29 of 100 points are 28.999999999999996 and miss a goal of 29 %.
  const score = 100 * (points / maximum);
  return { score, ...verdict(score, goals, keyFailure) };
}

/** The goals as percentages; `%` is optional. */
export function readTotalScore(totalScore: TotalScore | null): Goals | BadTotalScore {
  if (!totalScore?.pass) return { error: "no target score defined" };
  const pass = parsePercentage(totalScore.pass);
  if (pass === undefined) return { error: "could not parse pass target percentage" };
  if (!totalScore.warning) return { pass, warning: undefined };
  const warning = parsePercentage(totalScore.warning);
  if (warning === undefined) return { error: "could not parse warning target percentage" };
  return { pass, warning };
}

function verdict(
  score: number,
  { pass, warning }: Goals,
  keyFailure: KeyFailure | undefined,
): { result: EvaluationResult; message: string } {
  if (score >= pass && !keyFailure) return { result: "pass", message: "" };
  if (keyFailure) {
    const { name, message } = keyFailure;
    return {
      result: "fail",
      message: `Evaluation failed due to key_sli objective '${name}': ${message}`,
    };
  }
  const reached = formatNumber(score);
  if (warning !== undefined && score >= warning) {
    const goal = formatNumber(warning);
    return {
      result: "warning",
      message: `Evaluation returned a warning: the calculated score of ${reached} is close to the warning target value of ${goal}`,
    };
  }
  const missed =
    warning === undefined
      ? `target value of ${formatNumber(pass)}`
      : `warning value of ${formatNumber(warning)}`;
  return {
    result: "fail",
    message: `Evaluation failed since the calculated score of ${reached} is below the ${missed}`,
  };
}

function parsePercentage(text: string): number | undefined {
  return parseNumber(text.endsWith("%") ? text.slice(0, -1) : text);
}
