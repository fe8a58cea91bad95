/** The data of `evaluation.finished` and of what leads to it. @module */

import type { JsonObject } from "./json.ts";
import type { Reason } from "./reason.ts";

/** The time that an evaluation looks at; texts as they travel. */
export interface TimeWindow {
  readonly start: string;
  readonly end: string;
}

/** One measured value, as a provider delivers it and as an evaluation keeps it. */
export interface SliValue {
  readonly metric: string;
  readonly value: number;
  /** The aggregate of history that the value was compared with. */
  readonly comparedValue?: number;
  readonly success: boolean;
  readonly message?: string;
  /** Where the value comes from, so that it can be asked for again. */
  readonly query?: string;
  readonly window?: TimeWindow;
  readonly provider?: string;
  readonly unit?: string;
}

export interface Target {
  /** The criterion as written. */
  readonly criteria: string;
  readonly targetValue: number;
  readonly violated: boolean;
}

export type ObjectiveStatus = "pass" | "warning" | "fail" | "info";

/** What became of one objective (Keptn: lighthouse.md 7.5). */
export interface IndicatorResult {
  readonly score: number;
  readonly value: SliValue | null;
  readonly displayName: string;
  readonly passTargets: readonly Target[] | null;
  readonly warningTargets: readonly Target[] | null;
  readonly keySli: boolean;
  readonly status: ObjectiveStatus;
}

export type EvaluationResult = "pass" | "warning" | "fail";

/** The block `evaluation` of `evaluation.finished`. */
export interface Evaluation {
  readonly timeStart: string;
  readonly timeEnd: string;
  readonly result: EvaluationResult;
  /** 0 … 100 for positive weights, unrounded. */
  readonly score: number;
  /** The raw file in base64; empty when it was not read. */
  readonly sloFileContent: string;
  readonly indicatorResults: readonly IndicatorResult[] | null;
  readonly comparedEvents?: readonly string[];
  /** Why a pass says nothing (design §7); Keptn does not know this field. */
  readonly reason?: Reason;
}

/** What an evaluation says, without project, stage and service. */
export interface EvaluationFinished {
  readonly status: "succeeded" | "errored";
  readonly result: EvaluationResult;
  /** Empty when there is nothing to say. */
  readonly message: string;
  readonly labels?: { readonly [name: string]: string };
  readonly evaluation: Evaluation;
}

/** An evaluation that ended before anything could be scored. */
export function unscored(
  window: TimeWindow,
  outcome: {
    readonly status: EvaluationFinished["status"];
    readonly result: EvaluationResult;
    readonly message: string;
    readonly evaluationResult?: EvaluationResult;
    readonly sloFileContent?: string;
  },
): EvaluationFinished {
  const { status, result, message, evaluationResult = result, sloFileContent = "" } = outcome;
  return {
    status,
    result,
    message,
    evaluation: {
      timeStart: window.start,
      timeEnd: window.end,
      result: evaluationResult,
      score: 0,
      sloFileContent,
      indicatorResults: null,
    },
  };
}

/** The data of `evaluation.finished`; empty texts are left out (Keptn: lighthouse.md 7.5). */
export function finishedData(finished: EvaluationFinished): JsonObject {
  const { status, result, message, labels, evaluation } = finished;
  return {
    status,
    result,
    ...(message ? { message } : {}),
    ...(labels ? { labels: { ...labels } } : {}),
    evaluation: evaluation as unknown as JsonObject,
  };
}

/** {@link unscored} for what Keptn called an errored evaluation. */
export function erroredEvaluation(
  window: TimeWindow,
  message: string,
  sloFileContent = "",
): EvaluationFinished {
  return unscored(window, { status: "errored", result: "fail", message, sloFileContent });
}
