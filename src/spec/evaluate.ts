/** The second half of an evaluation: from measured values to `evaluation.finished`. @module */
import {
  erroredEvaluation,
  type EvaluationFinished,
  type IndicatorResult,
  type SliValue,
  unscored,
} from "./evaluation.ts";
import type { SliAnswer } from "./get_sli.ts";
import { aggregate, type PreviousEvaluation, valuesByMetric } from "./history.ts";
import { NOTHING_EVALUATED } from "./nothing_evaluated.ts";
import { isScored, judgeObjective, type KeyFailure } from "./objective.ts";
import { decide } from "./score.ts";
import type { Slo } from "./slo.ts";
import type { SloLookup } from "./slo_lookup.ts";

export interface Judging {
  readonly slo: Slo;
  /** The file as it was read, in base64. */
  readonly sloFileContent: string;
  readonly answer: SliAnswer;
  /** Newest first, already chosen by `historyQuery`. */
  readonly previous: readonly PreviousEvaluation[];
}

export const HISTORY_UNAVAILABLE = "could not retrieve previous evaluation.finished events";
/** Points of an SLO without objectives: any, so that its score is 0. */
const NOMINAL_MAXIMUM = 100;

/** An answer of the provider that ends the evaluation at once (Keptn: lighthouse.md 7.3). */
export function refusedAnswer(answer: SliAnswer): EvaluationFinished | undefined {
  const messages = new Map([
    ["aborted", "evaluation performed by lighthouse was aborted"],
    [
      "errored",
      `evaluation performed by lighthouse received an unexpected error: ${answer.message}`,
    ],
  ]);
  const message = messages.get(answer.status);
  if (message === undefined) return undefined;
  const outcome = { status: "errored", result: "fail", evaluationResult: "pass", message } as const;
  return withLabels(unscored(answer.window, outcome), answer);
}

/** An SLO that is missing or unreadable ends the evaluation once the values are there. */
export function refusedSlo(
  lookup: Exclude<SloLookup, { kind: "found" }>,
  answer: SliAnswer,
  project: string,
): EvaluationFinished {
  if (lookup.kind === "problem") {
    return withLabels(erroredEvaluation(answer.window, lookup.message), answer);
  }
  const message = `no evaluation performed by lighthouse because no SLO file configured for project ${project}`;
  return withLabels(
    unscored(answer.window, { status: "succeeded", result: "pass", message }),
    answer,
  );
}

/** Values came for an evaluation that nobody triggered. */
export function triggerNotFound(answer: SliAnswer, context: string): EvaluationFinished {
  const message = `Could not retrieve evaluation.triggered event for context ${context}`;
  return withLabels(erroredEvaluation(answer.window, message), answer);
}

/** Judges values against an SLO (Keptn: lighthouse.md 4, 5). */
export function evaluate(judging: Judging): EvaluationFinished {
  const { slo, sloFileContent, answer, previous } = judging;
  const judged = judgeAll(judging);
  const comparedEvents = previous.map(({ id }) => id);
  const compared = comparedEvents.length > 0 ? { comparedEvents } : {};
  if ("error" in judged) {
    const outcome = { status: "succeeded", result: "fail", message: judged.error } as const;
    const finished = unscored(answer.window, { ...outcome, sloFileContent });
    return withLabels({ ...finished, evaluation: { ...finished.evaluation, ...compared } }, answer);
  }
  const scored = slo.objectives.filter(isScored);
  const weights = scored.reduce((sum, { weight }) => sum + weight, 0);
  const maximum = slo.objectives.length === 0 ? NOMINAL_MAXIMUM : weights;
  const decision = decide(judged.results, maximum, slo.total_score, judged.keyFailure);
  if ("error" in decision) {
    return withLabels(erroredEvaluation(answer.window, decision.error, sloFileContent), answer);
  }
  const { result, message } = overruled(judging, {
    result: decision.result,
    message: decision.message || surplusMessage(judged.surplus),
  });
  const finished: EvaluationFinished = {
    status: "succeeded",
    result,
    message,
    evaluation: {
      timeStart: answer.window.start,
      timeEnd: answer.window.end,
      result: decision.result,
      score: decision.score,
      sloFileContent,
      indicatorResults: slo.objectives.length > 0 ? judged.results : null,
      ...compared,
    },
  };
  return withLabels(finished, answer);
}

/** Tells whether an evaluation ended without a single measured value (design §7). */
export function measuredNothing({ status, result, evaluation }: EvaluationFinished): boolean {
  if (status !== "succeeded") return false;
  const results = evaluation.indicatorResults;
  if (results === null) return result === "pass";
  return !results.some(({ value }) => value?.success === true);
}

/** Adds the reason `nothing-evaluated` to a pass that measured nothing. */
export function explained(finished: EvaluationFinished): EvaluationFinished {
  if (finished.result !== "pass" || !measuredNothing(finished)) return finished;
  return { ...finished, evaluation: { ...finished.evaluation, reason: NOTHING_EVALUATED } };
}

type Outcome = Pick<EvaluationFinished, "result" | "message">;

/** What fails an evaluation whatever its score; the block `evaluation` keeps the computed result. */
function overruled({ slo, answer }: Judging, outcome: Outcome): Outcome {
  if (slo.objectives.length === 0) {
    return { result: "fail", message: "lighthouse failed because no SLO objective was provided" };
  }
  if (answer.result === "fail") {
    const message = `lighthouse failed because SLI failed with message ${answer.message}`;
    return { result: "fail", message };
  }
  return outcome;
}

interface JudgedAll {
  readonly results: readonly IndicatorResult[];
  /** Of the last key objective that failed. */
  readonly keyFailure: KeyFailure | undefined;
  /** Values that no objective asked for. */
  readonly surplus: readonly SliValue[];
}

function judgeAll({ slo, answer, previous }: Judging): JudgedAll | { readonly error: string } {
  const left = [...answer.values];
  const results: IndicatorResult[] = [];
  const earlier = valuesByMetric(previous);
  let keyFailure: KeyFailure | undefined;
  for (const objective of slo.objectives) {
    const history = aggregate(earlier.get(objective.sli) ?? [], slo.comparison.aggregate_function);
    const judged = judgeObjective(objective, take(left, objective.sli), history);
    if ("error" in judged) return judged;
    results.push(judged.result);
    keyFailure = judged.keyFailure ?? keyFailure;
  }
  return { results, keyFailure, surplus: left };
}

/** Takes the first value of a metric out of the list and fills the hole with the last one. */
function take(values: SliValue[], metric: string): SliValue | undefined {
  const index = values.findIndex((value) => value.metric === metric);
  if (index < 0) return undefined;
  const taken = values[index];
  const last = values.pop()!;
  if (index < values.length) values[index] = last;
  return taken;
}

function surplusMessage(surplus: readonly SliValue[]): string {
  if (surplus.length === 0) return "";
  const names = surplus.map(({ metric }) => metric).join(", ");
  return `Lighthouse received additional SLIs, which are not specified as SLO: ${names} . Please consider using them as an SLO.`;
}

function withLabels(finished: EvaluationFinished, { labels }: SliAnswer): EvaluationFinished {
  return labels && Object.keys(labels).length > 0 ? { ...finished, labels } : finished;
}
