/** The vectors of whole evaluations, from `get-sli.finished` to `evaluation.finished`. @module */
import {
  evaluate,
  HISTORY_UNAVAILABLE,
  refusedAnswer,
  refusedSlo,
  triggerNotFound,
} from "../../src/spec/evaluate.ts";
import { erroredEvaluation, type EvaluationFinished } from "../../src/spec/evaluation.ts";
import { readSliAnswer, type SliAnswer } from "../../src/spec/get_sli.ts";
import {
  type HistoryQuery,
  historyQuery,
  isAnswerable,
  selectHistory,
  type StoredEvaluation,
} from "../../src/spec/history.ts";
import type { Json } from "../../src/spec/json.ts";
import { parseSlo } from "../../src/spec/slo_file.ts";
import { lookUpSlo } from "./vector_slo.ts";
import { readList, withNumbers } from "./vector_values.ts";
import type { Outcome } from "./vectors.ts";

type Vector = Record<string, unknown>;

const PLACE = { project: "sockshop", stage: "dev", service: "carts" };
const WINDOW = { start: "2019-10-20T07:57:27.152330783Z", end: "2019-10-22T08:57:27.152330783Z" };
const TRIGGER = "evaluation-triggered-id";

export function runEvaluation(vector: Vector): Outcome {
  const answer = readSliAnswer(answerData(vector) as Json);
  if ("undecodable" in answer) return { error: answer.undecodable };
  const missing = vector.noTriggeredEvent === true;
  const { finished, query } = missing
    ? { finished: triggerNotFound(answer, "ctx"), query: null }
    : judge(vector, answer);
  return { value: shown(vector, finished, query, missing ? null : TRIGGER) };
}

interface Judged {
  readonly finished: EvaluationFinished;
  readonly query: HistoryQuery | null;
}

function judge(vector: Vector, answer: SliAnswer): Judged {
  const early = refusedAnswer(answer);
  if (early) return { finished: early, query: null };
  const lookup = lookUpSlo(vector, PLACE);
  if (lookup.kind !== "found") {
    return { finished: refusedSlo(lookup, answer, PLACE.project), query: null };
  }
  const { slo, contentBase64: sloFileContent } = lookup;
  const query = historyQuery(slo.comparison);
  const status = vector.datastoreStatus ?? 200;
  if (status !== 200 || !isAnswerable(query)) {
    const { window } = answer;
    return { finished: erroredEvaluation(window, HISTORY_UNAVAILABLE, sloFileContent), query };
  }
  const stored = readList(withNumbers(vector.previousEvaluations)) as unknown as StoredEvaluation[];
  const previous = selectHistory(query, stored);
  return { finished: evaluate({ slo, sloFileContent, answer, previous }), query };
}

function answerData(vector: Vector): Record<string, unknown> {
  return {
    ...PLACE,
    status: "succeeded",
    result: "pass",
    message: "",
    ...(vector.getSli as object | undefined),
    "get-sli": { ...WINDOW, indicatorValues: withNumbers(vector.sliValues ?? []) },
  };
}

function shown(
  vector: Vector,
  finished: EvaluationFinished,
  previousEvaluationsQuery: HistoryQuery | null,
  triggeredId: string | null,
): unknown {
  const { status, result, message, labels, evaluation } = finished;
  const metrics = metricsOf(vector);
  return {
    status,
    result,
    message,
    labels,
    triggeredId,
    evaluationResult: evaluation.result,
    score: evaluation.score,
    comparedEvents: evaluation.comparedEvents ?? null,
    sloFileContent: evaluation.sloFileContent,
    timeStart: evaluation.timeStart,
    timeEnd: evaluation.timeEnd,
    previousEvaluationsQuery,
    indicatorResults:
      evaluation.indicatorResults?.map((entry, index) => ({ metric: metrics[index], ...entry })) ??
      null,
  };
}

/** Results carry no name; they stand at the place of their objective. */
function metricsOf({ slo }: Vector): readonly string[] {
  const read = typeof slo === "string" ? parseSlo(slo) : undefined;
  return read?.ok ? read.slo.objectives.map(({ sli }) => sli) : [];
}
