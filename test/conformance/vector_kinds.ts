/** The vectors of single functions. @module */
import { compare, isBad, parseCriterion } from "../../src/spec/criteria.ts";
import { aggregate, type PreviousValue } from "../../src/spec/history.ts";
import type { Json, JsonObject } from "../../src/spec/json.ts";
import { judgeCriterion } from "../../src/spec/objective.ts";
import { percentile } from "../../src/spec/percentile.ts";
import { decide, type Scored } from "../../src/spec/score.ts";
import { parseSlo } from "../../src/spec/slo_file.ts";
import { describeProblems } from "../../src/spec/shape.ts";
import type { TotalScore } from "../../src/spec/slo.ts";
import { classifySlo } from "../../src/spec/slo_lookup.ts";
import { evaluationWindow, resolveWindow } from "../../src/spec/timeframe.ts";
import { formatTimestamp, parseTimestamp } from "../../src/spec/timestamp.ts";
import { NOW, readList, readNumber, readText } from "./vector_values.ts";
import type { Outcome } from "./vectors.ts";

type Inputs = Record<string, unknown>;

export const RUNNERS: { readonly [kind: string]: (inputs: Inputs) => Outcome } = {
  criteriaParse: ({ criteria }) => {
    const criterion = parseCriterion(readText(criteria));
    if (isBad(criterion)) return criterion;
    const { operator, value, relative, percentage } = criterion;
    return {
      value: {
        operator,
        value,
        checkPercentage: percentage,
        isComparison: relative !== undefined,
        checkIncrease: relative === "increase",
      },
    };
  },
  criteriaEval: ({ criteria, value, previousValues, aggregateFunction }) => {
    const history = aggregate(readValues(previousValues), readText(aggregateFunction));
    const judged = judgeCriterion(readText(criteria), readNumber(value), history);
    return "error" in judged ? judged : { value: { ...judged, comparedValue: history.value } };
  },
  operator: ({ measured, operator, target }) => {
    const satisfied = compare(readNumber(measured), readText(operator), readNumber(target));
    return satisfied === undefined ? { error: "no operator set" } : { value: { satisfied } };
  },
  aggregate: ({ previousValues, aggregateFunction }) => ({
    value: aggregate(readValues(previousValues), readText(aggregateFunction)),
  }),
  percentile: ({ values, percentile: fraction }) => ({
    value: {
      value: percentile(readList(values).map(readNumber), readNumber(fraction)),
    },
  }),
  score: ({ maximumAchievableScore, indicatorResults, totalScore, keySli }) => {
    const results = readList(indicatorResults).map(({ score, passTargets }): Scored => ({
      score: readNumber(score),
      passTargets: passTargets ? readList(passTargets) : null,
    }));
    const key = keySli as { failed: boolean; name: string; message: string } | null;
    const decision = decide(
      results,
      readNumber(maximumAchievableScore),
      readTotalScore(totalScore),
      key?.failed ? key : undefined,
    );
    if ("error" in decision) return decision;
    return { value: { ...decision, status: "succeeded", evaluationResult: decision.result } };
  },
  timeframe: ({ start, end, timeframe }) => {
    const asked = { start: readText(start), end: readText(end), timeframe: readText(timeframe) };
    return outcomeOf(resolveWindow(asked, NOW));
  },
  parseTimestamp: ({ timestamp }) => {
    const parsed = parseTimestamp(readText(timestamp));
    if (!parsed) return { error: "no timestamp" };
    return { value: { epochMillis: parsed.epochMillis, formatted: formatTimestamp(parsed) } };
  },
  evaluationTimestamps: ({ data }) => outcomeOf(evaluationWindow(data as JsonObject, NOW)),
  sloParse: ({ slo }) => {
    const read = parseSlo(readText(slo));
    return read.ok ? { value: { slo: read.slo } } : { error: describeProblems(read.problems) };
  },
  getSLO: ({ resourceContent, resourceError, serviceLookupError }) => {
    const fetched = classifySlo({
      content: resourceContent as string | null,
      resourceError: readText(resourceError),
      serviceError: readText(serviceLookupError),
    });
    if (fetched.kind === "missing") return { error: "no slo file available" };
    if (fetched.kind === "problem") return { error: fetched.message };
    const read = parseSlo(fetched.content);
    return read.ok
      ? { value: { content: fetched.content } }
      : { error: describeProblems(read.problems) };
  },
};

function readValues(values: unknown): PreviousValue[] {
  return readList(values).map(({ value, success }) => ({
    value: readNumber(value),
    success: success === true,
  }));
}

function readTotalScore(value: unknown): TotalScore | null {
  if (value === null || value === undefined) return null;
  const { pass, warning } = value as { [key: string]: Json };
  return { pass: readText(pass), warning: readText(warning) };
}

function outcomeOf(result: object & ({ error: string } | { start: string })): Outcome {
  return "error" in result ? result : { value: result };
}
