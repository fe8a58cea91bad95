/** The quality gate for plugins: the same pure parts that the host and the command line use. @module */

export { type Criterion, parseCriterion, targetOf } from "../../spec/criteria.ts";
export {
  evaluate,
  explained,
  HISTORY_UNAVAILABLE,
  measuredNothing,
  refusedAnswer,
  refusedSlo,
} from "../../spec/evaluate.ts";
export {
  erroredEvaluation,
  type EvaluationFinished,
  finishedData,
  type SliValue,
  type TimeWindow,
} from "../../spec/evaluation.ts";
export { planEvaluation, startedData, undecodableTrigger } from "../../spec/evaluation_start.ts";
export {
  readSliAnswer,
  readSliRequest,
  type SliAnswer,
  type SliRequest,
} from "../../spec/get_sli.ts";
export { historyQuery, isAnswerable, type PreviousEvaluation } from "../../spec/history.ts";
export { measure, type QueryAnswer } from "../../spec/prometheus.ts";
export { decide as score } from "../../spec/score.ts";
export { fillQuery, type QueryScope } from "../../spec/sli_query.ts";
export type { Slo } from "../../spec/slo.ts";
export { classifySlo, type SloLookup, unparsableSlo } from "../../spec/slo_lookup.ts";
export { resolveWindow, windowSeconds } from "../../spec/timeframe.ts";
