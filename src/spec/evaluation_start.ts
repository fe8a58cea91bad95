/** The first half of an evaluation: from `evaluation.triggered` to what is asked of a provider. @module */
import {
  erroredEvaluation,
  type EvaluationFinished,
  type TimeWindow,
  unscored,
} from "./evaluation.ts";
import { sliRequest } from "./get_sli.ts";
import { at, isObject, textAt, type Json, type JsonObject } from "./json.ts";
import type { SloLookup, SloProblem } from "./slo_lookup.ts";
import { evaluationWindow } from "./timeframe.ts";

const COMMON = ["project", "stage", "service", "labels"];

const TEXTS: readonly (readonly string[])[] = [
  ["project"],
  ["stage"],
  ["service"],
  ["status"],
  ["result"],
  ["message"],
  ["test", "start"],
  ["test", "end"],
  ["test", "gitCommit"],
  ["evaluation", "start"],
  ["evaluation", "end"],
  ["evaluation", "timeframe"],
];

/** Says which field of `evaluation.triggered` has a type that Keptn could not decode. */
export function undecodableTrigger(data: Json | undefined): string | undefined {
  if (!isObject(data)) return "data must be an object";
  for (const block of ["test", "evaluation", "deployment", "labels"]) {
    const value = data[block];
    if (value !== undefined && value !== null && !isObject(value)) {
      return `${block} must be an object`;
    }
  }
  const wrong = TEXTS.find((path) => !isTextOrAbsent(at(data, ...path)));
  if (wrong) return `${wrong.join(".")} must be a string`;
  const label = Object.entries(isObject(data.labels) ? data.labels : {}).find(
    ([, value]) => !isTextOrAbsent(value),
  );
  if (label) return `labels.${label[0]} must be a string`;
  const names = at(data, "deployment", "deploymentNames");
  const isList = Array.isArray(names) && names.every(isTextOrAbsent);
  return isList || names === undefined || names === null
    ? undefined
    : "deployment.deploymentNames must be a list of strings";
}

/** Data of `evaluation.started`: the trigger's result and message are repeated (Keptn: lighthouse.md 7.1). */
export function startedData(data: JsonObject): JsonObject {
  return { ...copied(data, [...COMMON, "result", "message"]), status: "succeeded" };
}

export interface StartOfEvaluation {
  /** Of `evaluation.triggered`, already known to be decodable. */
  readonly data: JsonObject;
  readonly slo: SloLookup;
  /** Name of the SLI provider; undefined when none is configured. */
  readonly provider: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Either the evaluation is over already, or a provider is asked with this data of `get-sli.triggered`. */
export type EvaluationPlan =
  | { readonly kind: "finished"; readonly finished: EvaluationFinished }
  | { readonly kind: "ask"; readonly window: TimeWindow; readonly data: JsonObject };

/** What follows an `evaluation.triggered` (Keptn: lighthouse.md 7.1, 7.2). */
export function planEvaluation({ data, slo, provider, now }: StartOfEvaluation): EvaluationPlan {
  const window = evaluationWindow(data, now);
  const over = (finished: EvaluationFinished): EvaluationPlan => {
    const { labels } = copied(data, ["labels"]);
    const named = labels ? { labels: labels as { [name: string]: string } } : {};
    return { kind: "finished", finished: { ...finished, ...named } };
  };
  if ("error" in window) return over(erroredEvaluation({ start: "", end: "" }, window.error));
  if (slo.kind === "problem") return over(erroredEvaluation(window, sloProblem(slo, data)));
  if (provider === undefined) return over(withoutProvider(window, data));
  const request = sliRequest(provider, window, slo.kind === "found" ? slo.slo : undefined);
  const asked = {
    ...copied(data, COMMON),
    deployment: deploymentOf(data),
    "get-sli": request as unknown as JsonObject,
  };
  return { kind: "ask", window, data: asked };
}

/** The deployment that the values shall be about; empty when the trigger names none. */
function deploymentOf(data: JsonObject): string {
  const names = at(data, "deployment", "deploymentNames");
  const first = Array.isArray(names) ? names[0] : undefined;
  return typeof first === "string" ? first : "";
}

function sloProblem({ absent, message }: SloProblem, data: JsonObject): string {
  const what = absent ? `${absent} ${textAt(data, absent) ?? ""} not found` : message;
  return `error retrieving SLO file: ${what}`;
}

/** Nobody is there to measure: the evaluation passes without a score. */
function withoutProvider(window: TimeWindow, data: JsonObject): EvaluationFinished {
  const project = textAt(data, "project") ?? "";
  const message = `no evaluation performed by lighthouse because no SLI-provider configured for project ${project}`;
  return unscored(window, { status: "succeeded", result: "pass", message });
}

/** The fields that are there and not empty. */
function copied(data: JsonObject, fields: readonly string[]): JsonObject {
  const entries = fields
    .map((field): [string, Json | undefined] => [field, data[field]])
    .filter((entry): entry is [string, Json] => !isEmpty(entry[1]));
  return Object.fromEntries(entries);
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  return isObject(value) && Object.keys(value).length === 0;
}

function isTextOrAbsent(value: Json | undefined): boolean {
  return value === undefined || value === null || typeof value === "string";
}
